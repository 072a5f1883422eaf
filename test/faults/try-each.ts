/**
 * Runs one command again and again in this process, and each time another of its calls into the
 * system fails. Prints a line of JSON for each outcome that is not as it should be, and one for the
 * whole.
 *
 *     node --import ./failing-calls.ts try-each.ts '{"args": ["list"], "codes": ["EACCES"]}'
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import type os from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus } from "@iopath/contract";
import { namespaceNames } from "@iopath/lab";
import { newPerform } from "../../harness/src/cli/perform/perform.ts";
import { startCommand } from "../../harness/src/cli/program.ts";
import { begin, type Call, calls, failed } from "./failing-calls.ts";

export interface Order {
  readonly args: readonly string[];
  readonly codes: readonly (keyof typeof os.constants.errno)[];
  /** A folder that each attempt gets a copy of, as its working directory. */
  readonly fixture?: string;
  /** How many pairs of a call and a code are tried, drawn at random; all when undefined. */
  readonly sample?: number;
  readonly seed?: number;
  /** Only calls that follow the last one of this name: after "spawn" those that look and undo. */
  readonly afterLast?: string;
  /** Print every outcome, for a person. */
  readonly show?: boolean;
}

export interface Violation {
  readonly call: Call;
  readonly code: string;
  readonly problem: string;
  readonly status: number;
  readonly printed: string;
}

const order = JSON.parse(process.argv[2]!) as Order;
const folder = mkdtempSync(join(tmpdir(), "iopath-faults-"));
const work = join(folder, "work");
const temporary = join(folder, "tmp");
process.env.TMPDIR = temporary;
const documented: readonly number[] = Object.values(ExitStatus);
/** Calls that remove something: where they fail it may stay, if the error says so. */
const removing = /^(rm|rmdir|unlink|spawnSync ip|spawnSync git|spawnSync tc)/;

let printed = "";
const write = process.stdout.write.bind(process.stdout);
const keep = (chunk: unknown) => {
  printed += String(chunk);
  return true;
};

function prepare(): void {
  process.chdir(folder);
  rmSync(work, { recursive: true, force: true });
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  if (order.fixture) cpSync(order.fixture, work, { recursive: true });
  else mkdirSync(work);
  process.chdir(work);
}

async function attempt(): Promise<number> {
  prepare();
  printed = "";
  const interruption = new AbortController();
  const { signal } = interruption;
  const output = { requireWritten: async () => {} };
  const perform = newPerform({ interruption: signal, outputClosed: signal });
  process.stdout.write = ((chunk: unknown, ...rest: unknown[]) => {
    const done = rest.at(-1);
    if (typeof done === "function") done();
    return keep(chunk);
  }) as typeof process.stdout.write;
  process.stderr.write = keep as typeof process.stderr.write;
  try {
    return await startCommand(order.args, { perform, interruption: signal, output }).status;
  } finally {
    process.stdout.write = write;
  }
}

/**
 * What is left where nothing may be: half a file, a temporary folder, a namespace of this process.
 */
function leftovers(): string[] {
  const files = readdirSync(work, { recursive: true, encoding: "utf8" });
  return [
    ...files.filter((name) => /\.tmp$|\.partial$/.test(name)),
    ...(existsSync(temporary) ? readdirSync(temporary) : []),
    ...ownNamespaces(),
  ];
}

function ownNamespaces(): string[] {
  return namespaceNames().filter((name) => name.startsWith(`iopath-${process.pid}-`));
}

function problemOf(status: number, call: Call): string | undefined {
  if (/\n\s+at /.test(printed)) return "a stack trace";
  if (printed.includes("a fault of its own")) return "taken for a fault of the program";
  if (!documented.includes(status)) return `status ${status}`;
  if (status !== 0 && !printed.includes("iopath: ") && status !== 1) return "no word";
  const left = leftovers();
  const isTold = removing.test(call.syscall) && status !== 0;
  return left.length > 0 && !isTold ? `left: ${left.join(", ")}` : undefined;
}

/** Which call fails, and with what; xorshift, Marsaglia 2003. */
function chosen(whole: readonly Call[]): { at: number; code: Order["codes"][number] }[] {
  const { afterLast } = order;
  const first = 1 + whole.findLastIndex(({ syscall }) => syscall.split(" ")[0] === afterLast);
  const all = order.codes.flatMap((code) =>
    whole.slice(first).map((_call, i) => ({ at: first + i, code })),
  );
  if (order.sample === undefined || order.sample >= all.length) return all;
  let state = order.seed! | 1;
  const draw = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return all
    .map((value) => ({ value, rank: draw() }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, order.sample)
    .map(({ value }) => value);
}

process.on("uncaughtException", (error) => {
  write(
    `${JSON.stringify({ problem: "uncaught", printed: String(error.stack), call: calls.at(-1) })}\n`,
  );
});
process.exit = ((status: number) => {
  throw new Error(`process.exit(${status})`);
}) as typeof process.exit;

await attempt(); // loads modules, which happens once
begin();
const statusAtRest = await attempt();
const whole = [...calls];
const printedAtRest = printed;
let attempts = 0;
for (const { at, code } of chosen(whole)) {
  begin(at, code);
  const status = await attempt();
  const call = failed;
  begin();
  attempts++;
  if (!call) continue; // how often something is polled differs
  const problem = problemOf(status, call);
  for (const name of ownNamespaces()) spawnSync("ip", ["netns", "delete", name]);
  const outcome = { call, code, status, printed: printed.slice(-1500) };
  if (problem || order.show) write(`${JSON.stringify({ problem, ...outcome })}\n`);
}
process.chdir("/");
rmSync(folder, { recursive: true, force: true });
write(
  `${JSON.stringify({ calls: whole.length, attempts, statusAtRest, printedAtRest: printedAtRest.slice(0, 300) })}\n`,
);
