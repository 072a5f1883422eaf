/**
 * The frame that testers measure `ipv4-forward` with.
 *
 * Layout in memory (multi-byte fields big-endian, unless said otherwise):
 *
 *     0  Ethernet II   destination 6, source 6, EtherType 2            IEEE 802.3
 *    14  IPv4          20 bytes, no options                            RFC 791
 *    34  UDP           source port, destination port, length, checksum RFC 768
 *    42  flow          u16, little-endian
 *    44  sequence      u32, little-endian
 *    48  filler; of an open loop the time, u64, little-endian
 *    56  mark          u32, little-endian
 *    60  filler up to the frame size
 */
import {
  buildUdpFrame,
  type FlowFields,
  flowAddresses,
  frameBytesMin,
  ipv4HeaderBytes,
  type MeasuringFrames,
  memoryBytes,
} from "@iopath/contract";
import { writeChecksum } from "./random-frames.ts";

const payloadAt = 42;
const sequenceAt = 44;
/** "iopa" as the bytes stand in the frame. */
const mark = { at: 56, value: 0x61_70_6f_69 };

const flowFields: FlowFields = {
  balance: { at: 18, of: "addresses" },
  sourceHost: 28,
  destinationHost: 32,
  sourcePort: 34,
  destinationPort: 36,
  number: 42,
};

export const measuring: MeasuringFrames = {
  frameBytesMin,
  mark,
  flowFields,
  stamps: { sequence: sequenceAt, time: 48, frameBytesMin },
  build(macs, frameBytes, flow, sequence) {
    const payload = new Uint8Array(memoryBytes(frameBytes) - payloadAt);
    const view = new DataView(payload.buffer);
    view.setUint16(flowFields.number - payloadAt, flow, true);
    view.setUint32(sequenceAt - payloadAt, sequence, true);
    view.setUint32(mark.at - payloadAt, mark.value, true);
    return buildUdpFrame({ ...macs, ...flowAddresses(flow) }, payload);
  },
  writeChecksum: (frame) => writeChecksum(frame, ipv4HeaderBytes),
  expectedBack: (window) => window,
};
