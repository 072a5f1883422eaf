/** Where compiled code finds the frames of a burst: in the list of mbufs that a driver filled. */
import { placeInLinear } from "@iopath/native";
import type { Frames } from "@iopath/packet-language";
import { mbuf } from "./abi.ts";
import type { MbufList } from "./mbuf-list.ts";
import type { Pool } from "./pool.ts";

/** Set in the pointer to a dropped frame's mbuf: mbufs lie at multiples of 64. */
export const droppedBit = 1;

/**
 * Of a pointer, the low half is enough: the pool has one high half. A frame may begin anywhere in
 * its mbuf, and one of several mbufs is looked at in the first.
 *
 * @returns undefined for a pool that WebAssembly does not reach
 */
export function framesOfMbufs(list: MbufList, pool: Pool): Frames | undefined {
  const place = placeInLinear(pool.bytes);
  if (place === undefined) return undefined;
  const toPlace = (place - pool.baseLow) | 0;
  return {
    form: "frames",
    entries: placeInLinear(list.bytes)!,
    entryBytes: 8,
    find(f, entry, frame, bytes) {
      f.get(entry).load("u32", 0).constant(toPlace).operate("add").set(frame);
      f.get(frame).load("u16", mbuf.dataLength).set(bytes);
      f.get(frame).get(frame).load("u16", mbuf.dataOffset).operate("add");
      f.constant(mbuf.bytes).operate("add").set(frame);
    },
    findUsual(f, first) {
      const [usual, toFrame] = [f.variable(), f.variable()];
      f.get(first).load("u32", 0).constant(toPlace).operate("add").load("u16", mbuf.dataOffset);
      f.set(usual).get(usual).constant(mbuf.bytes).operate("add").set(toFrame);
      return (_f, entry, frame, bytes, unusual) => {
        f.get(entry).load("u32", 0).constant(toPlace).operate("add").set(frame);
        f.get(frame).load("u16", mbuf.dataLength).set(bytes);
        f.get(frame).load("u16", mbuf.dataOffset).get(usual).operate("notEqual").jumpIf(unusual);
        f.get(frame).get(toFrame).operate("add").set(frame);
      };
    },
    drop(f, entry) {
      f.get(entry).get(entry).load("u32", 0).constant(droppedBit).operate("or").store("u32", 0);
    },
  };
}
