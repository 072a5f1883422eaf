/**
 * A workload of the tests' own, which does something else than `ipv4-forward`: any frame of 60
 * bytes or more comes out with one word XORed with a constant, and with the MACs of the next hop:
 * a card's switch delivers by MAC. That the laws about frames and counters hold with it shows that
 * paths are not tied to the first workload.
 */
import {
  ethernetHeaderBytes,
  frameBytesMax,
  frameBytesMin,
  type Hop,
  hopBytes,
  type MeasuringFrames,
  memoryBytes,
  type RandomFrame,
  type Workload,
} from "@iopath/contract";
import { newListing } from "@iopath/packet-language";
import { fastForm, ipv4Forward, kernelForm } from "@iopath/workloads";

const reasons = ["too-short", "tagged", "odd"] as const;
/** IEEE 802.1Q and 802.1ad. */
const vlanTags = [0x8100, 0x88a8];

const etherTypeOf = (frame: Uint8Array) => (frame[12]! << 8) | frame[13]!;

const bytesMin = memoryBytes(frameBytesMin);
const wordAt = 44;
const key = 0x5a5a_a5a5;
/** A frame whose byte here is 255 is dropped, so that drops come in mid-burst. */
const oddAt = 40;

function reasonToDrop(frame: Uint8Array): (typeof reasons)[number] | undefined {
  if (frame.length < ethernetHeaderBytes) return "too-short";
  if (vlanTags.includes(etherTypeOf(frame))) return "tagged";
  if (frame.length < bytesMin) return "too-short";
  return frame[oddAt] === 0xff ? "odd" : undefined;
}

const listing = (macs: Uint8Array) =>
  newListing({ name: "payload-xor", reasons, tagged: "tagged" }, (p, frame) => {
    p.atLeast(ethernetHeaderBytes, "too-short");
    p.drop("tagged", ...vlanTags.map((vlan) => frame.u16(12).is(vlan)));
    p.atLeast(bytesMin, "too-short");
    p.drop("odd", frame.u8(oddAt).is(0xff));
    p.write(0, macs);
    const word = frame.raw32(wordAt);
    // There is no exclusive or in the language: a + b - 2 (a and b) is the same.
    const both = p.let(word.and(key).shiftLeft(1));
    p.set(word, word.plus(key).minus(both));
  });

/**
 * Frames of ipv4-forward's, some of them odd, and none with a VLAN tag: what sockets and the kernel
 * do to a tag is declared for ipv4-forward alone.
 */
function randomFrames(seed: number, macs: Hop): () => RandomFrame {
  const next = ipv4Forward.randomFrames(seed, macs);
  let count = 0;
  return () => {
    let { kind, frame } = next();
    while (vlanTags.includes(etherTypeOf(frame))) ({ kind, frame } = next());
    const isOdd = ++count % 9 === 0 && frame.length > oddAt;
    if (isOdd) frame[oddAt] = 0xff;
    return { kind: isOdd ? "odd" : kind, frame };
  };
}

const { measuring: usual } = ipv4Forward;
const measuring: MeasuringFrames = {
  ...usual,
  mark: { at: 52, value: 0x0bad_cafe },
  build(macs, frameBytes, flow, sequence) {
    const frame = usual.build(macs, Math.min(frameBytes, frameBytesMax), flow, sequence);
    const view = new DataView(frame.buffer);
    view.setUint32(usual.mark.at, 0);
    view.setUint32(52, 0x0bad_cafe, true);
    return frame;
  },
};

export const payloadXor: Workload = {
  name: "payload-xor",
  summary: "new MACs, one word of the payload XORed with a constant",
  reasons,
  newFastForm: fastForm(listing),
  reference(frame, hop) {
    const reason = reasonToDrop(frame);
    if (reason) return { forwarded: false, reason };
    const out = Uint8Array.from(frame);
    out.set(hopBytes(hop));
    const view = new DataView(out.buffer);
    view.setUint32(wordAt, (view.getUint32(wordAt, true) ^ key) >>> 0, true);
    return { forwarded: true, frame: out };
  },
  kernelForm: kernelForm(listing),
  randomFrames,
  measuring,
  identityOf: ipv4Forward.identityOf,
  isOurs: ipv4Forward.isOurs,
  isAnswer: () => false,
};
