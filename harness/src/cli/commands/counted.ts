/** What plans of counted instructions have in common: a config that counts, and thresholds. */
import type { Thresholds } from "../../gate/thresholds.ts";
import type { MatrixFlags } from "../flags/options.ts";

export async function planThresholds({
  within,
  config,
}: MatrixFlags & { readonly within?: number }): Promise<Thresholds> {
  const { loadThresholds } = await import("../../gate/thresholds.ts");
  const { defaultConfig } = await import("../../gate/counted/default-config.ts");
  const configured = await loadThresholds(config ?? defaultConfig);
  return within === undefined ? configured : { within, cells: {} };
}

export async function planCountedConfig({ config, ...flags }: MatrixFlags) {
  const { loadCountedConfig } = await import("../../gate/counted/measure.ts");
  return await loadCountedConfig(config, flags);
}
