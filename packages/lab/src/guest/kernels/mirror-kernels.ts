/**
 * The kernels that a Debian mirror has. A name can be left over: from 6.19 on, an image's package
 * has no files and depends on those that do, and of older ones the mirror keeps the first alone.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Apt } from "../debian.ts";
import type { DebianName } from "./kernel-name.ts";

export interface MirrorKernel {
  /** As uname(1) says it: "6.12.117+deb13-amd64". */
  readonly release: string;
  /** Those that have its files. */
  readonly packages: readonly string[];
  /** Others that the mirror has no more; it is whole without any. */
  readonly gone: readonly string[];
}

/** Suites in which kernels are looked for. */
export const kernelSuites = ["bookworm", "bookworm-backports", "trixie", "trixie-backports"];

const image = /^linux-image-(\d\S*-amd64)$/;

/** All of them, the newest first; without Debian's "unsigned" and "dbg". */
export async function mirrorKernels(
  apt: Pick<Apt, "names" | "dependencies">,
): Promise<MirrorKernel[]> {
  const images = (await apt.names("linux-image-")).filter((name) => image.test(name));
  const dependencies = await apt.dependencies(images);
  const kernels = images.map((name): MirrorKernel => {
    const release = image.exec(name)![1]!;
    const needed = dependencies.get(name) ?? [];
    const parts = needed.filter((part) => isPart(bare(part), release));
    const there = parts.filter((part) => part === bare(part));
    const gone = parts.filter((part) => part !== bare(part)).map(bare);
    return { release, packages: [name, ...there], gone: gone.filter(isEssential) };
  });
  return kernels.sort((a, b) => compareReleases(b.release, a.release));
}

function isPart(name: string, release: string): boolean {
  return ["base", "binary", "modules"].some((part) => name === `linux-${part}-${release}`);
}

/** Where the mirror has no `base` any more, the kernel's configuration is not known. */
function isEssential(name: string): boolean {
  return !name.startsWith("linux-base-");
}

/** apt-cache(8) has names without a package in angle brackets. */
function bare(name: string): string {
  return name.replace(/^<(.*)>$/, "$1");
}

/** By their numbers, one after the other. */
function compareReleases(a: string, b: string): number {
  const [mine, theirs] = [a, b].map((text) =>
    (text.replace(/-amd64$/, "").match(/\d+/g) ?? []).map(Number),
  );
  for (let i = 0; i < Math.max(mine!.length, theirs!.length); i++) {
    const difference = (mine![i] ?? 0) - (theirs![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : Number(a > b);
}

/**
 * The newest whole kernel of that name.
 *
 * @param kernels the newest first
 * @throws IopathError that says what the mirror has in its place
 */
export function chooseKernel(kernels: readonly MirrorKernel[], name: DebianName): MirrorKernel {
  const named = kernels.filter(({ release }) => isNamed(release, name));
  const whole = named.find(({ gone }) => gone.length === 0);
  if (whole) return whole;
  const { version, flavour } = name;
  const asked = `debian:${version}${flavour && `-${flavour}`}${name.exact ? "-amd64" : ""}`;
  const [left] = named;
  const message = left
    ? `${asked} is no longer on the mirror: of ${left.release} it has no ${left.gone.join(", ")}`
    : `the mirror has no kernel ${asked}`;
  throw new IopathError(ExitStatus.cannotRun, message, { remedy: `it has ${linesOf(kernels)}` });
}

/**
 * The whole kernels from one of Debian's to another of the same flavour, both included, in the
 * order in which the two are given.
 *
 * @param kernels the newest first
 * @throws IopathError as `chooseKernel`
 */
export function kernelsBetween(
  kernels: readonly MirrorKernel[],
  from: DebianName,
  to: DebianName,
): MirrorKernel[] {
  const [first, last] = [from, to].map((name) => kernels.indexOf(chooseKernel(kernels, name)));
  const newestFirst = kernels
    .slice(Math.min(first!, last!), Math.max(first!, last!) + 1)
    .filter(({ gone, release }) => gone.length === 0 && partsOf(release).flavour === from.flavour);
  return first! < last! ? newestFirst : newestFirst.reverse();
}

function isNamed(release: string, { version, flavour, exact }: DebianName): boolean {
  const parts = partsOf(release);
  if (parts.flavour !== flavour || !parts.version.startsWith(version)) return false;
  const rest = parts.version.slice(version.length);
  return exact ? rest === "" : !/^\d/.test(rest);
}

/** "6.12.117+deb13-rt-amd64" → "6.12.117+deb13" and "rt" */
function partsOf(release: string): { version: string; flavour: string } {
  const [, version, flavour = ""] = /^(.*?)(?:-(rt|cloud))?-amd64$/.exec(release)!;
  return { version: version!, flavour };
}

/** "debian:6.1, debian:6.12": the lines of which something whole is there. */
function linesOf(kernels: readonly MirrorKernel[]): string {
  const whole = kernels.filter(({ gone }) => gone.length === 0);
  const lines = whole.map(({ release }) => release.split(".").slice(0, 2).join("."));
  return [...new Set(lines)].map((line) => `debian:${line}`).join(", ");
}
