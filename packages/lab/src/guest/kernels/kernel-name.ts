/**
 * How a guest's kernel is called, in flags, configs and rows: `debian`, `debian:6.12`,
 * `debian:6.12.117+deb13-amd64`, `debian:7.3-rt`, a folder or a file.
 */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";

/** What a guest boots when nothing is said: the kernel of Debian 12. */
export const usualKernel = "debian";

/** One of Debian's, by its release or by a beginning of it. */
export interface DebianName {
  readonly kind: "debian";
  /** "6.12", "6.12.117+deb13", "6.1.0-50" */
  readonly version: string;
  /** "rt", "cloud", or "" for the plain one. */
  readonly flavour: string;
  /** Whether `version` is all of it. */
  readonly exact: boolean;
}

/** A kernel of the user's own: what is built, or what was installed into a folder. */
interface OwnName {
  readonly kind: "own";
  /** An absolute path. */
  readonly path: string;
}

type KernelName = { readonly kind: "usual" } | DebianName | OwnName;

const ofDebian = /^debian:(\d+(?:\.\d+)+[^\s/]*?)(?:-(rt|cloud))?(-amd64)?$/;

/** @throws IopathError, exit status 3, for what is no kernel's name */
export function parseKernelName(text: string): KernelName {
  if (text === usualKernel) return { kind: "usual" };
  const [, version, flavour = "", exact] = ofDebian.exec(text) ?? [];
  if (version) return { kind: "debian", version, flavour, exact: exact !== undefined };
  const path = resolve(text);
  if (!isDebians(text) && existsSync(path)) return { kind: "own", path };
  const isPath = /[/\\]/.test(text);
  const message = isPath ? `no kernel at ${path}` : `no kernel is named ${text}`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy:
      "name debian, debian:6.12, debian:7.3-rt, a folder or a file; `iopath kernels` lists Debian's",
  });
}

/** A path as an absolute one; a name of Debian's as it is. */
export function absoluteKernel(text: string, folder: string): string {
  return isDebians(text) ? text : resolve(folder, text);
}

/** Whether it is a name of Debian's, right or not, and no path. */
export function isDebians(text: string): boolean {
  return text === usualKernel || text.startsWith(`${usualKernel}:`);
}

/** As ids and rows have it: empty for the usual one; of a path its last part. */
export function kernelLabel(text: string): string {
  if (text === usualKernel) return "";
  return isDebians(text) ? text : basename(resolve(text));
}
