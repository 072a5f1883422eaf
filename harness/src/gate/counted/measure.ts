/** The candidate of a gate, measured now: an ordinary run of the gate's matrix. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { MatrixFlags } from "../../cli/flags.ts";
import { axisList } from "../../matrix/axis-list.ts";
import { loadConfig } from "../../matrix/config.ts";
import { run } from "../../run/run.ts";
import { type Candidate, nameOf } from "./gate.ts";

/** Flags that leave cells of the config out. */
const narrowing = ["path", "variant", ...axisList.map(({ name }) => name)] as const;

/** @throws IopathError as a run does */
export async function measureCandidate(
  flags: MatrixFlags & { readonly config: string; readonly out: string },
  signal: AbortSignal,
): Promise<Candidate> {
  const config = await loadConfig(flags.config, flags);
  if (config.some(({ clock }) => clock !== "instructions")) {
    throw new IopathError(ExitStatus.usage, "a gate against a baseline counts instructions", {
      remedy: "leave out `--clock wall`",
    });
  }
  const rows = await run({ config, folder: flags.out, resume: false, signal });
  return {
    name: nameOf(rows),
    rows,
    isPart: narrowing.some((flag) => flags[flag] !== undefined),
  };
}
