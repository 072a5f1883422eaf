/** The options that a guest's kernel is built with. Pure, but for the project's own list. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { optionsOf } from "../guest-kernel.ts";

/** What ails the source that is built: another commit may be whole. */
export class KernelBuildError extends IopathError {
  constructor(message: string, options: { readonly remedy: string }) {
    super(ExitStatus.cannotRun, message, options);
  }
}

/** What the project keeps; over nothing at all. */
export function guestOptions(): string {
  return readFileSync(join(import.meta.dirname, "guest.config"), "utf8");
}

/** Without these no guest boots, or no path has a lab: docs/kernels.md has the same. */
const required = [
  ...["CONFIG_PVH", "CONFIG_VIRTIO_PCI", "CONFIG_VIRTIO_CONSOLE", "CONFIG_9P_FS"],
  ...["CONFIG_NET_9P_VIRTIO", "CONFIG_OVERLAY_FS", "CONFIG_BLK_DEV_INITRD", "CONFIG_VETH"],
];

/**
 * Options that were asked for and are set otherwise: another Linux has them under another name, or
 * they need what was left out.
 *
 * @param asked lines CONFIG_NAME=VALUE; of one that stands twice the last counts
 * @throws KernelBuildError when a guest can't do without one of them
 */
export function optionsLeftOut(asked: string, config: string): string[] {
  const set = optionsOf(config);
  const left = [...optionsOf(asked)].filter(([name, value]) => (set.get(name) ?? "n") !== value);
  const missing = required.filter((name) => set.get(name) !== "y");
  if (missing.length === 0) return left.map(([name]) => name);
  const message = `this source can't be built with ${missing.join(", ")}, which a guest needs`;
  throw new KernelBuildError(message, {
    remedy:
      "what an option depends on is in its Kconfig file; --options adds lines of a file of yours",
  });
}
