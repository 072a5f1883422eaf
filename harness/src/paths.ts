/** The paths that iopath drives: the only place that names them. A sixth is one more line. */
import { ExitStatus, IopathError, type Path, type Variant } from "@iopath/contract";
import { kernelSockets } from "@iopath/kernel-sockets";
import { pvrdma } from "@iopath/pvrdma";
import { sriovVf } from "@iopath/sriov-vf";
import { userspacePmd } from "@iopath/userspace-pmd";
import { xdp } from "@iopath/xdp";

export const paths: readonly Path[] = [kernelSockets, xdp, userspacePmd, sriovVf, pvrdma];

/** The cell that measures the measuring itself: tester straight to tester, no forwarder. */
export const nullPath = "null";
/** Its only variant has no name of its own in tables; in files it is "none". */
export const nullVariant = "none";

export function findPath(name: string): Path {
  const path = paths.find((candidate) => candidate.name === name);
  if (path) return path;
  const known = [nullPath, ...paths.map((candidate) => candidate.name)].join(", ");
  throw new IopathError(ExitStatus.usage, `no path named ${name}`, {
    remedy: `paths are ${known}`,
  });
}

export function findVariant(path: Path, name: string): Variant {
  const variant = path.variants.find((candidate) => candidate.name === name);
  if (variant) return variant;
  const known = path.variants.map((candidate) => candidate.name).join(", ");
  throw new IopathError(ExitStatus.usage, `path ${path.name} has no variant ${name}`, {
    remedy: `its variants are ${known}`,
  });
}
