/** `iopath kernels`: what a guest can boot, on the Debian mirror and in the cache. */
import { ExitStatus, explain, requireTrouble } from "@iopath/contract";
import {
  type CachedKernel,
  cachedKernels,
  listMirrorKernels,
  type MirrorKernel,
} from "@iopath/lab/guest";

const flavour = /-(rt|cloud)-amd64$/;

/** What is in the cache is listed also when no mirror can be reached. */
export async function performKernels(
  { json }: { readonly json: boolean },
  signal: AbortSignal,
): Promise<number> {
  const cached = cachedKernels();
  const mirror = await listMirrorKernels(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    process.stderr.write(`${explain(requireTrouble(error))}\n`);
    return undefined;
  });
  const text = json
    ? JSON.stringify({ mirror: mirror ?? null, cached }, null, 2)
    : formatKernels(mirror ?? [], cached);
  process.stdout.write(`${text}\n`);
  return mirror ? 0 : ExitStatus.cannotRun;
}

/** A line a version, with its flavours; those that have left the mirror in one line. */
export function formatKernels(
  mirror: readonly MirrorKernel[],
  cached: readonly CachedKernel[],
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
    ...(cached.length === 0 ? ["  none"] : []),
  ].join("\n");
}

function describeCached({ release, origin, bytes, usedAt }: CachedKernel): string {
  const mebibytes = Math.round(bytes / 2 ** 20);
  return `  ${release}  of ${origin}, ${mebibytes} MiB, used ${usedAt.toISOString().slice(0, 10)}`;
}
