/** The VLAN tag of a frame in a packet socket's ring: the kernel moves it to the ring's header. */
import { TP_STATUS_VLAN_TPID_VALID } from "@iopath/native";

export const vlanTagBytes = 4;
const vlanProtocolDefault = 0x8100;

/**
 * Puts it back: the MAC addresses move down by a word, and the tag goes between them and the
 * EtherType.
 *
 * @param at where the frame begins without its tag
 * @param status of the header
 * @param tagAndProtocol of the header: the tag in the lower half, its protocol in the upper
 */
export function restoreVlanTag(
  words: Int32Array,
  at: number,
  status: number,
  tagAndProtocol: number,
): void {
  const from = at >>> 2;
  words[from - 1] = words[from]!;
  words[from] = words[from + 1]!;
  words[from + 1] = words[from + 2]!;
  const known = (status & TP_STATUS_VLAN_TPID_VALID) !== 0;
  const protocol = known ? tagAndProtocol >>> 16 : vlanProtocolDefault;
  words[from + 2] = swapHalf(protocol) | (swapHalf(tagAndProtocol & 0xffff) << 16);
}

/** A 16-bit number in the other byte order. */
function swapHalf(half: number): number {
  return ((half & 0xff) << 8) | (half >>> 8);
}
