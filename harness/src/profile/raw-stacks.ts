/** Reads what the profiler wrote: packages/lab/profiler/README.md has the format. */
import { ExitStatus, IopathError } from "@iopath/contract";

/** How a place in the tree was come to. */
type NodeKind = "call" | "system call" | "interrupt" | "task";

/** Addresses are hexadecimal, as the profiler writes them. */
interface RawNode {
  /** 0 is the root. */
  readonly parent: number;
  readonly kind: NodeKind;
  readonly site: string;
  readonly target: string;
}

interface RawCell {
  readonly node: number;
  readonly block: string;
  readonly count: number;
}

export interface RawStacks {
  /** Instructions of each window. */
  readonly windows: readonly number[];
  readonly nodes: ReadonlyMap<number, RawNode>;
  /** Of the window in the middle. */
  readonly cells: readonly RawCell[];
  /** Returns that no frame was found for, of all returns. */
  readonly unmatched: number;
  readonly returns: number;
}

const kinds: Readonly<Record<string, NodeKind>> = {
  "1": "call",
  "3": "system call",
  "5": "interrupt",
  "7": "task",
};
const head = "stacks 1";

/** @throws IopathError when it is not whole, or no window was counted */
export function parseRawStacks(text: string): RawStacks {
  const lines = text.trimEnd().split("\n");
  if (lines[0] !== head || lines.at(-1) !== "end") {
    throw new IopathError(ExitStatus.cannotRun, "what the profiler wrote is not whole", {
      remedy: "make room in the temporary folder, or set TMPDIR to another",
    });
  }
  const windows: number[] = [];
  const nodes = new Map<number, RawNode>();
  const cells: RawCell[] = [];
  let seen: Readonly<Record<string, number>> = {};
  for (const line of lines.slice(1, -1)) {
    const [what, ...words] = line.split(" ") as [string, ...string[]];
    const [a, b, c, site, target] = words as [string, string, string, string, string];
    if (what === "window") windows.push(Number(a));
    else if (what === "node") {
      nodes.set(Number(a), { parent: Number(b), kind: kinds[c]!, site, target });
    } else if (what === "cell") cells.push({ node: Number(a), block: b, count: Number(c) });
    else if (what === "seen") seen = pairsOf(words);
  }
  if (windows.length === 0) throw noMarksError();
  return { windows, nodes, cells, unmatched: seen.unmatched ?? 0, returns: seen.returns ?? 0 };
}

/** "calls 3 returns 2" */
function pairsOf(words: readonly string[]): Record<string, number> {
  const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [[word, Number(words[i + 1])]] : []));
  return Object.fromEntries(pairs);
}

function noMarksError(): IopathError {
  const message = "the profiler saw no window: no look at the clock between the trial's marks";
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy:
      "boot a kernel whose vDSO reads the clock by `rdtsc`: iopath's command line says `tsc=reliable`",
  });
}
