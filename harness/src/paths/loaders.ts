/**
 * The paths that iopath drives: the only place that names them, and a sixth is one more line. Each
 * is loaded when it is asked for: a trial needs one of them, and loading all would take most of its
 * start.
 */
import { ExitStatus, IopathError, type Path, type Variant } from "@iopath/contract";

export const pathLoaders: Readonly<Record<string, () => Promise<Path>>> = {
  "kernel-sockets": async () => (await import("@iopath/kernel-sockets")).kernelSockets,
  xdp: async () => (await import("@iopath/xdp")).xdp,
  "userspace-pmd": async () => (await import("@iopath/userspace-pmd")).userspacePmd,
  "sriov-vf": async () => (await import("@iopath/sriov-vf")).sriovVf,
  pvrdma: async () => (await import("@iopath/pvrdma")).pvrdma,
};

/** The cell that measures the measuring itself: tester straight to tester, no forwarder. */
export const nullPath = "null";
/** Its only variant has no name of its own in tables; in files it is "none". */
export const nullVariant = "none";

/** @throws IopathError when there is no such path */
export async function loadPath(name: string): Promise<Path> {
  const load = pathLoaders[name];
  if (!load) throw unknownPathError(name);
  return await load();
}

export function unknownPathError(name: string): IopathError {
  const known = [nullPath, ...Object.keys(pathLoaders)].join(", ");
  return new IopathError(ExitStatus.usage, `no path named ${name}`, {
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
