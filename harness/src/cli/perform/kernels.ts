/** `iopath kernels`: what a guest can boot, on the Debian mirror and in the cache. */
import { ExitStatus, explain, requireTrouble } from "@iopath/contract";
import {
  type CachedKernel,
  cachedKernels,
  describeWork,
  type KernelWork,
  kernelWorks,
  limitsOfDays,
  listMirrorKernels,
  type MirrorKernel,
  pruneKernels,
  pruneWorks,
} from "@iopath/lab/guest";
import { holdMachine } from "../../run/machine-lock.ts";
import type { KernelsPlan, PruneKernelsPlan } from "../kernel-plans.ts";

const flavour = /-(rt|cloud)-amd64$/;
const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

/** What is in the cache is listed also when no mirror can be reached. */
export async function performKernels({ json }: KernelsPlan, signal: AbortSignal): Promise<number> {
  const cached = cachedKernels();
  const works = kernelWorks();
  const mirror = await listMirrorKernels(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    process.stderr.write(`${explain(requireTrouble(error))}\n`);
    return undefined;
  });
  const text = json
    ? JSON.stringify({ mirror: mirror ?? null, cached, works }, null, 2)
    : formatKernels(mirror ?? [], cached, works);
  process.stdout.write(`${text}\n`);
  return mirror ? 0 : ExitStatus.cannotRun;
}

/** While nobody measures: a run boots its kernels again and again. */
export async function performPruneKernels(
  { days }: PruneKernelsPlan,
  signal: AbortSignal,
): Promise<number> {
  using _lock = await holdMachine({ waitMinutes: 0, signal });
  const limits = limitsOfDays(days);
  const tell = (line: string) => process.stdout.write(`${line}\n`);
  const bytes = pruneKernels(tell, limits) + pruneWorks(tell, limits);
  tell(bytes > 0 ? `${mebibytes(bytes)} are free again` : "nothing was unused for so long");
  return ExitStatus.ok;
}

/**
 * A line a version, with its flavours; those that have left the mirror in one line. What is in the
 * cache with its size, and what kernels are built from and in.
 */
export function formatKernels(
  mirror: readonly MirrorKernel[],
  cached: readonly CachedKernel[],
  works: readonly KernelWork[],
): string {
  const here = new Set(cached.map(({ release }) => release));
  const [whole, left] = [true, false].map((isWhole) => {
    const kernels = mirror.filter(({ gone }) => (gone.length === 0) === isWhole);
    return [...Map.groupBy(kernels, ({ release }) => release.replace(flavour, "-amd64"))];
  });
  return [
    "On the Debian mirror:",
    ...whole!.map(([release, kernels]) => {
      const flavours = kernels.flatMap(({ release }) => flavour.exec(release)?.[1] ?? []);
      const cached = kernels.some(({ release }) => here.has(release)) ? "; cached" : "";
      return `  debian:${release}${flavours.map((name) => `, ${name}`).join("")}${cached}`;
    }),
    ...(left!.length > 0
      ? [`Gone from it, but for a name: ${left!.map(([release]) => release).join(", ")}`]
      : []),
    "In the cache:",
    ...cached.map(describeCached),
    ...works.map((work) => `  ${describeWork(work)}, ${sizeAndUse(work)}: ${work.folder}`),
    ...(cached.length + works.length === 0 ? ["  none"] : [describeSum([...cached, ...works])]),
  ].join("\n");
}

function describeCached({ release, origin, ...kernel }: CachedKernel): string {
  return `  ${release}  of ${origin}, ${sizeAndUse(kernel)}`;
}

type Kept = Pick<CachedKernel, "bytes" | "usedAt">;

function sizeAndUse({ bytes, usedAt }: Kept): string {
  return `${mebibytes(bytes)}, used ${usedAt.toISOString().slice(0, 10)}`;
}

function describeSum(all: readonly Kept[]): string {
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  return `All together ${mebibytes(bytes)}; \`iopath kernels --prune DAYS\` removes what was not used for so long`;
}
