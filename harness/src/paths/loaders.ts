/**
 * The paths of this project: the only file of the harness that names them, and another one is one
 * more line. Each is loaded when it is asked for: a trial needs one of them, and loading all would
 * take most of its start. Paths of the user's own are modules that a config names.
 */
import { ExitStatus, IopathError, type Path, type Variant } from "@iopath/contract";
import type { PathModule } from "@iopath/lab";
import { importOwnPath } from "./own.ts";

export const pathLoaders: Readonly<Record<string, () => Promise<PathModule>>> = {
  "kernel-sockets": () => import("@iopath/kernel-sockets"),
  xdp: () => import("@iopath/xdp"),
  "userspace-pmd": () => import("@iopath/userspace-pmd"),
  "sriov-vf": () => import("@iopath/sriov-vf"),
  pvrdma: () => import("@iopath/pvrdma"),
};

/** The variant that the speed-up of every other of the same conditions is in relation to. */
export const reference = { path: "kernel-sockets", variant: "packet-mmsg" };
/** As prose has it. */
export const referenceName = `${reference.path} ${reference.variant}`;

/**
 * Variants that stand for their path: of XDP one that the kernel forwards, and one that is polled.
 */
export const typicalVariants: Readonly<Record<string, readonly string[]>> = {
  "kernel-sockets": ["packet-mmsg"],
  xdp: ["native", "af-xdp"],
  "userspace-pmd": ["af-packet"],
  "sriov-vf": ["vfio"],
  pvrdma: ["rc-send"],
};

/**
 * What a gate by the wall clock measures: it has time for few, and these cover the kinds of path.
 */
export const wallGateCells = {
  path: ["xdp", "kernel-sockets"],
  variant: ["native", "af-xdp", "packet-mmsg"],
};

/** The cell that measures the measuring itself: tester straight to tester, no forwarder. */
export const testerOnly = "tester-only";
/** Its only variant, which tables leave out. */
export const testerOnlyVariant = "direct";

/**
 * Paths whose variants have a lab of their own, with another tester in it: its share is not what
 * the tester alone costs, which is measured between veth pairs or cards.
 */
export const ownTesterPaths: readonly string[] = ["sriov-vf", "pvrdma"];

/**
 * What earlier versions called what has another name today: see earlier-names.ts. Much that reads
 * CSV takes "null" and "none" for a value that is missing: see csv-names.ts.
 */
export const earlierNames = {
  paths: { null: testerOnly },
  variants: {
    [testerOnly]: { none: testerOnlyVariant },
    "userspace-pmd": { null: "net-null", "null-huge": "net-null-huge" },
  },
} as const satisfies EarlierNames;

interface EarlierNames {
  readonly paths: Readonly<Record<string, string>>;
  /** By the name of their path today. */
  readonly variants: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What is needed to load a path, as a trial request has it. */
export interface PathName {
  readonly path: string;
  /** The file of a path of the user's own. */
  readonly module?: string;
}

/** @throws IopathError when there is no such path */
export async function loadModule({ path, module }: PathName): Promise<PathModule> {
  if (module !== undefined) return await importOwnPath(path, module);
  const load = pathLoaders[path];
  if (!load) throw unknownPathError(path, Object.keys(pathLoaders));
  return await load();
}

export async function loadPath(name: PathName): Promise<Path> {
  return (await loadModule(name)).path;
}

export function unknownPathError(name: string, known: readonly string[]): IopathError {
  return new IopathError(ExitStatus.usage, `no path named ${name}`, {
    remedy: `paths are ${[testerOnly, ...known].join(", ")}`,
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
