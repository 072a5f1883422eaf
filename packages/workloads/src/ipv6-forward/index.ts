/** The workload `ipv6-forward`: what an IPv6 router does to each frame, without its routes. */
import type { Wear, Workload } from "@iopath/contract";
import { ipv6Forward as listing, reasons } from "@iopath/packet-language/listings/ipv6-forward";
import { formsOf } from "../listing-forms.ts";
import { randomFrames } from "./random-frames.ts";
import { reference } from "./reference.ts";
import { measuring } from "./test-frame.ts";

const flowLabelAt = 16;
const hopLimitAt = 21;
const hopLimitMax = 255;

const wear: Wear = {
  fresh(frame) {
    const copy = frame.slice();
    copy[hopLimitAt] = hopLimitMax;
    return copy;
  },
  passes: { fresh: hopLimitMax - 1, built: 63 },
  words: [hopLimitAt >>> 2],
};

/** 2001:2::/48 (RFC 5180). */
const ourSources = [0x20, 0x01, 0, 2, 0, 0];

export const ipv6Forward: Workload = {
  name: "ipv6-forward",
  summary: "new MACs, hop limit one lower; what is not IPv6 or not whole is dropped",
  reasons,
  ...formsOf(listing),
  reference,
  randomFrames,
  measuring,
  wear,
  identityOf(frame) {
    if (frame.length < flowLabelAt + 2) return undefined;
    return (frame[flowLabelAt]! << 8) | frame[flowLabelAt + 1]!;
  },
  isOurs: (frame) =>
    frame[12] === 0x86 &&
    frame[13] === 0xdd &&
    ourSources.every((byte, i) => frame[22 + i] === byte),
  // What forwards IPv6 here answers nothing.
  isAnswer: () => false,
};
