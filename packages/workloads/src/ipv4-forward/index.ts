/** The workload `ipv4-forward`: what a router does to each frame (RFC 1812), without its routes. */
import { ipv4HeaderBytes, type Wear, type Workload } from "@iopath/contract";
import { ipv4Forward as listing, reasons } from "@iopath/packet-language/listings/ipv4-forward";
import { formsOf } from "../listing-forms.ts";
import { randomFrames, writeChecksum } from "./random-frames.ts";
import { isAnswer, reference } from "./reference.ts";
import { measuring } from "./test-frame.ts";

const identificationAt = 18;
const timeToLiveAt = 22;
const checksumAt = 24;
const timeToLiveMax = 255;

const wear: Wear = {
  fresh(frame) {
    const copy = frame.slice();
    copy[timeToLiveAt] = timeToLiveMax;
    writeChecksum(copy, ipv4HeaderBytes);
    return copy;
  },
  passes: { fresh: timeToLiveMax - 1, built: 63 },
  words: [(timeToLiveAt - 2) / 4, checksumAt / 4],
};

export const ipv4Forward: Workload = {
  name: "ipv4-forward",
  summary: "new MACs, TTL one lower, checksum updated; what is not IPv4 or not whole is dropped",
  reasons,
  ...formsOf(listing),
  reference,
  randomFrames,
  measuring,
  wear,
  identityOf(frame) {
    if (frame.length < identificationAt + 2) return undefined;
    return (frame[identificationAt]! << 8) | frame[identificationAt + 1]!;
  },
  // The tester's sources are of 198.18/16.
  isOurs: (frame) =>
    frame[12] === 0x08 && frame[13] === 0x00 && frame[26] === 198 && frame[27] === 18,
  isAnswer,
};
