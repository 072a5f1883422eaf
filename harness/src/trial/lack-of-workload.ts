/** Whether a variant can do a workload at all: a few do one of their own, and no other. */
import type { Path, Support, Workload } from "@iopath/contract";
import { findVariant } from "../paths/loaders.ts";

/** Undefined for a variant that takes any. */
export function lackOfWorkload(
  path: Path,
  variant: string,
  { name }: Pick<Workload, "name">,
): (Support & { readonly ok: false }) | undefined {
  const { workloads } = findVariant(path, variant);
  if (!workloads || workloads.includes(name)) return undefined;
  return {
    ok: false,
    missing: `${path.name}/${variant} can't do ${name}: no program of ours forwards there`,
    remedy: `measure it with \`--workload ${workloads.join()}\``,
  };
}
