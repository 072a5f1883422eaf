/** What a path's ports are, and so which lab it is tried in. */
import type { Testbed } from "@iopath/lab";

/**
 * `veth` pairs, virtual functions of a `card`, the paravirtual `verbs` device of a guest, or the
 * kernel's own verbs over Ethernet, `soft-roce`.
 */
export type LabName = "veth" | "card" | "verbs" | "soft-roce";

/** A lab's testbed, or why there is none. */
export type Lab =
  | { readonly testbed: Testbed }
  | { readonly missing: string; readonly remedy: string };
export type Labs = Partial<Record<LabName, Lab>>;

export function labOf(path: string, variant: string): LabName {
  if (path === "sriov-vf") return "card";
  if (path !== "pvrdma") return "veth";
  return variant.endsWith("-rxe") ? "soft-roce" : "verbs";
}

/** Labs that a host has none of: their devices are a guest's. */
export function refusalOnHost(name: LabName): { missing: string; remedy: string } | undefined {
  switch (name) {
    case "veth":
      return undefined;
    case "card":
      return {
        missing: "the lab has no card with SR-IOV",
        remedy: "the guest has one: `--place guest`",
      };
    default:
      return {
        missing: "the lab has no verbs device",
        remedy: "the guest has one: `--place guest --machine pvrdma`",
      };
  }
}
