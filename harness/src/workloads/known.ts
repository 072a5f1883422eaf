/** All workloads: those of this project, and those that a config names. */
import { ExitStatus, IopathError, type Workload } from "@iopath/contract";
import { defaultWorkload, workloads } from "@iopath/workloads";
import { importOwnWorkload, workloadError } from "./own.ts";

interface KnownWorkload {
  readonly workload: Workload;
  /** Of a workload of the user's own. */
  readonly file: string | undefined;
}

const known = new Map<string, KnownWorkload>(
  workloads.map((workload) => [workload.name, { workload, file: undefined }]),
);

/** How a trial finds a workload: its file where it is the user's own. */
export interface WorkloadName {
  /** The default one when not given. */
  readonly workload?: string;
  readonly workloadModule?: string;
}

/** @throws IopathError, exit status 3, for an unknown name */
export function findWorkload(name = defaultWorkload.name): Workload {
  const found = known.get(name);
  if (found) return found.workload;
  throw new IopathError(ExitStatus.usage, `no workload named ${name}`, {
    remedy: `workloads are ${[...known.keys()].join(", ")}`,
  });
}

/**
 * Adds a workload of the user's own.
 *
 * @throws IopathError, exit status 4, for one that can't be loaded or whose name is taken
 */
export async function addOwnWorkload(name: string, file: string): Promise<void> {
  const before = known.get(name);
  if (before?.file === file) return;
  if (before) {
    const taken = before.file ?? "a workload of iopath's own";
    throw workloadError(name, `the name is taken by ${taken}`, "give it another name");
  }
  known.set(name, { workload: await importOwnWorkload(name, file), file });
}

/** The workload's name in a trial's request. */
export function workloadNameOf(name = defaultWorkload.name): WorkloadName {
  const file = known.get(name)?.file;
  return { workload: name, ...(file === undefined ? {} : { workloadModule: file }) };
}

/** Makes the workload of a trial known, where it is the user's own. */
export async function loadWorkload({ workload, workloadModule }: WorkloadName): Promise<void> {
  if (workload === undefined || workloadModule === undefined) return;
  await addOwnWorkload(workload, workloadModule);
}
