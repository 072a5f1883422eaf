/** Groups in few kinds, as many as a figure has room and colours for. */
import type { GroupCost } from "./groups.ts";

/**
 * From a program down to a port and what happens beside it. Two that stand together are alike, and
 * are drawn in one colour, the second one lighter.
 */
const groupsOfKinds = {
  "user space: tester, loop": [
    "tester, in user space",
    "loop around all",
    "looks at the clock",
    "Node and V8",
  ],
  "user space: path, workload": ["path, in user space", "workload", "DPDK"],
  "system calls and sockets": ["system-call entry", "sockets", "packet sockets", "io_uring"],
  copies: ["copies"],
  "frame buffers": ["frame buffers (skb, pages)"],
  "drivers and DMA": ["driver", "IOMMU and DMA mapping"],
  "XDP and AF_XDP": ["BPF programs", "XDP core and redirection", "AF_XDP"],
  "softirq and device queues": ["NAPI and softirq", "transmission (qdisc, device queue)"],
  "IP and routing": ["IP and routing"],
  "interrupts and scheduling": ["interrupt entry", "scheduling and timers", "other tasks"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export const otherKind = "kernel, other";
/** In the order of a figure. */
export const kinds: readonly string[] = [...Object.keys(groupsOfKinds), otherKind];

const kindOfGroup = new Map<string, string>(
  Object.entries(groupsOfKinds).flatMap(([kind, groups]) => groups.map((group) => [group, kind])),
);

interface KindCost {
  readonly kind: string;
  /** Instructions per frame of the network. */
  readonly own: number;
}

/** In the order of `kinds`; they add up to the whole. */
export function kindCosts(groups: readonly GroupCost[]): KindCost[] {
  const byKind = Map.groupBy(groups, ({ group }) => kindOfGroup.get(group) ?? otherKind);
  return kinds.flatMap((kind) => {
    const own = (byKind.get(kind) ?? []).reduce((sum, one) => sum + one.own, 0);
    return own > 0 ? [{ kind, own }] : [];
  });
}
