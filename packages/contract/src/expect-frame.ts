/** What is to become of one frame, where a variant has declared that it deviates. */
import type { Deviation } from "./deviations.ts";
import {
  hasOptionsToActOn,
  headerOf,
  isChecksumRight,
  isTagged,
  isTaggedRunt,
  tagsOf,
  uint16,
  withoutTags,
} from "./inspect.ts";
import { isRouted } from "./kernel-router.ts";
import type { PortSpec } from "./path.ts";
import { hopOf, type Outcome, type Workload } from "./workload.ts";

/** What is to become of one frame. A deviation is named where it makes the difference. */
export type Expectation = { readonly deviation?: Deviation } & (
  | Outcome
  /** The forwarder never sees it. */
  | { readonly forwarded: false; readonly reason: "absent" }
  /** Dropped for a reason that the workload does not have. */
  | { readonly forwarded: false; readonly reason: "other" }
  /** It may come out, in any form, or not. */
  | { readonly forwarded: undefined }
);

export interface Expecting {
  readonly workload: Workload;
  readonly ports: readonly [PortSpec, PortSpec];
  /** Of the variant. */
  readonly deviations?: readonly Deviation[] | undefined;
}

/** IEEE 802.1ad, and 802.1Q. */
const serviceTag = 0x88a8;
const customerTag = 0x8100;

/** What a variant with these deviations makes of one frame (in memory, without FCS). */
export function expectFrame(frame: Uint8Array, expecting: Expecting): Expectation {
  const { workload, ports, deviations = [] } = expecting;
  const plain = workload.reference(frame, hopOf(ports[1]));
  if (deviations.length === 0) return plain;
  const has = (deviation: Deviation) => deviations.includes(deviation);
  if (has("drops-tagged-runts") && isTaggedRunt(frame)) {
    return { forwarded: false, reason: "absent", deviation: "drops-tagged-runts" };
  }
  if (has("drops-tagged") && workload.forwardsTagged && isTagged(frame)) {
    return { forwarded: false, reason: "absent", deviation: "drops-tagged" };
  }
  if (has("gathers-fragments") && isGathered(frame)) {
    return { forwarded: undefined, deviation: "gathers-fragments" };
  }
  if (has("renames-tags") && plain.forwarded && uint16(plain.frame, 12) === serviceTag) {
    const renamed = Uint8Array.from(plain.frame);
    renamed.set([customerTag >> 8, customerTag & 0xff], 12);
    return { forwarded: true, frame: renamed, deviation: "renames-tags" };
  }
  return has("routes-by-address") ? expectRouted(frame, plain, expecting) : plain;
}

/** ip_check_defrag() looks behind a tag that was taken off, and at whole headers alone. */
function isGathered(frame: Uint8Array): boolean {
  const header = headerOf(withoutTags(frame));
  return header?.isFragment ?? false;
}

function expectRouted(
  frame: Uint8Array,
  plain: Outcome,
  { workload, ports, deviations = [] }: Expecting,
): Expectation {
  const has = (deviation: Deviation) => deviations.includes(deviation);
  const untagged = has("takes-priority-tags") ? withoutPriorityTags(frame) : frame;
  const outcome = untagged === frame ? plain : workload.reference(untagged, hopOf(ports[1]));
  if (!outcome.forwarded) return plain.forwarded ? outcome : plain;
  if (has("verifies-checksum") && !isChecksumRight(untagged)) {
    return { forwarded: false, reason: "other", deviation: "verifies-checksum" };
  }
  if (has("acts-on-options") && hasOptionsToActOn(untagged)) {
    return { forwarded: undefined, deviation: "acts-on-options" };
  }
  const header = headerOf(untagged)!;
  const routed = isRouted(header, ports);
  if (routed !== true) {
    const rest =
      routed === false
        ? { forwarded: false as const, reason: "other" as const }
        : { forwarded: undefined };
    return { ...rest, deviation: "routes-by-address" };
  }
  const cut = outcome.frame.subarray(0, 14 + header.totalBytes);
  const isCut = has("cuts-padding") && cut.length < untagged.length;
  const out = { forwarded: true as const, frame: isCut ? cut : outcome.frame };
  if (untagged !== frame) return { ...out, deviation: "takes-priority-tags" };
  return isCut ? { ...out, deviation: "cuts-padding" } : out;
}

/**
 * As __netif_receive_skb_core() takes them off: one after the other, as long as they are of VLAN 0.
 */
function withoutPriorityTags(frame: Uint8Array): Uint8Array {
  if (isTaggedRunt(frame)) return frame;
  const tags = tagsOf(frame);
  return tags.length > 0 && tags.every((id) => id === 0) ? withoutTags(frame) : frame;
}
