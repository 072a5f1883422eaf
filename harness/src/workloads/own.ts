/** A workload of the user's own: a module that exports `workload`, checked before it is used. */
import { ExitStatus, IopathError, type Workload } from "@iopath/contract";
import { importModule } from "../paths/own.ts";

const page = "docs/workloads.md builds one";

/** @throws IopathError, exit status 4, that says what is wrong with the module */
export async function importOwnWorkload(name: string, file: string): Promise<Workload> {
  const { workload } = await importModule(name, file);
  const problem = problemOf(name, workload);
  if (problem === undefined) return workload as Workload;
  throw workloadError(name, `${file} ${problem}`, page);
}

const functions = [
  ...["newFastForm", "reference", "randomFrames"],
  ...["identityOf", "isOurs", "isAnswer"],
] as const satisfies readonly (keyof Workload)[];

/** What keeps an export from being the workload of this name, in words. */
function problemOf(name: string, workload: unknown): string | undefined {
  if (typeof workload !== "object" || workload === null) return "exports no `workload`";
  const found = workload as Partial<Workload>;
  if (found.name !== name) return `exports a workload named ${found.name}`;
  const missing = functions.find((field) => typeof found[field] !== "function");
  if (missing) return `exports a \`workload\` without \`${missing}\``;
  if (!Array.isArray(found.reasons) || found.reasons.length === 0) {
    return "exports a `workload` without reasons to drop a frame";
  }
  return typeof found.measuring?.build === "function"
    ? undefined
    : "exports a `workload` without frames to measure with (`measuring`)";
}

export function workloadError(name: string, what: string, remedy: string): IopathError {
  return new IopathError(ExitStatus.config, `workload ${name}: ${what}`, { remedy });
}
