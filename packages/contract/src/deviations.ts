/**
 * What a variant does otherwise than the workload, since the kernel does it and not we: declared
 * with the variant, expected frame by frame (expect-frame.ts), counted, and printed. Anything else
 * that differs is a fault.
 */

/** What is printed about the frames that a deviation affects. */
export const deviationTexts = {
  /** RFC 1812, 5.2.2: what the kernel's router does. */
  "verifies-checksum": "dropped for their header checksum",
  "cuts-padding": "forwarded without the bytes behind their total length",
  /** A tag of VLAN 0 carries a priority alone (IEEE 802.1Q), and Linux takes it off. */
  "takes-priority-tags": "forwarded without their tag of VLAN 0",
  /** To what its routes lead out of the egress, and from sources that can be (RFC 1812, 5.3.7). */
  "routes-by-address": "not forwarded, by their addresses",
  "acts-on-options": "not judged: the router acts on their IP options",
  /** ICMP for what it drops (RFC 1812, 5.3.1), ARP for whom it does not know. */
  answers: "sent by the kernel itself, and not judged",
  /** PACKET_FANOUT_FLAG_DEFRAG: a fragment waits in the kernel for the others. */
  "gathers-fragments": "not judged: the kernel gathers fragments before the driver sees them",
  /** DPDK's driver does not set PACKET_IGNORE_OUTGOING. */
  "sees-outgoing": "that the kernel itself sent on the ingress, and the path forwarded",
  /** skb_vlan_untag() wants an Ethernet header, a tag, and a half word behind it. */
  "drops-tagged-runts": "dropped by the kernel: too short for their VLAN tag",
  /** A packet socket has a tag apart from its frame, and a workload that goes on with the frame. */
  "drops-tagged": "dropped by the socket's filter: they would lose their VLAN tag",
  /** __netif_receive_skb_list_core(), which a card's driver has the kernel take frames with. */
  "hands-over-late": "that no protocol of the kernel handles came behind the one after them",
  /** DPDK's driver puts a tag back that the kernel took off, always as one of IEEE 802.1Q. */
  "renames-tags": "forwarded with their tag of 802.1ad as one of 802.1Q",
} as const;

export type Deviation = keyof typeof deviationTexts;
