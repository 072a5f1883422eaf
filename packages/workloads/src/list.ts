/** All workloads of this project. A new one is a line here. */
import { ExitStatus, IopathError, type Workload } from "@iopath/contract";
import { ipv4Forward } from "./ipv4-forward/index.ts";
import { ipv6Forward } from "./ipv6-forward/index.ts";
import { macSwap } from "./mac-swap/index.ts";

export const workloads: readonly Workload[] = [ipv4Forward, ipv6Forward, macSwap];

/** The one of rows that name none. */
export const defaultWorkload = ipv4Forward;

/** @throws IopathError, exit status 3, for an unknown name */
export function findWorkload(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found) return found;
  throw new IopathError(ExitStatus.usage, `no workload named ${name}`, {
    remedy: `workloads are ${workloads.map((workload) => workload.name).join(", ")}`,
  });
}
