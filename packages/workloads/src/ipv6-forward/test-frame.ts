/**
 * The frame that testers measure `ipv6-forward` with.
 *
 * Layout in memory (multi-byte fields big-endian, unless said otherwise):
 *
 *     0  Ethernet II   destination 6, source 6, EtherType 2            IEEE 802.3
 *    14  IPv6          40 bytes, no extension headers                  RFC 8200
 *    54  UDP           source port, destination port, length, checksum RFC 768
 *    62  flow          u16, little-endian
 *    64  balance       u16: what keeps the checksum the same for every flow
 *    66  sequence      u16, little-endian
 *    68  mark          u32, little-endian
 *    72  filler up to the frame size; of an open loop sequence, u32, and time, u64, little-endian
 */
import { type FlowFields, type MeasuringFrames, memoryBytes } from "@iopath/contract";
import { buildUdpFrame, payloadAt, writeUdpChecksum } from "./udp-frame.ts";

/** Both headers, flow, sequence and mark, two bytes of filler, and the frame check sequence. */
const frameBytesMin = 78;
const sequenceAt = 66;
/** "iop6" as the bytes stand in the frame. */
const mark = { at: 68, value: 0x36_70_6f_69 };

const flowFields: FlowFields = {
  balance: { at: 64, of: "all" },
  sourceHost: 36,
  destinationHost: 52,
  sourcePort: 54,
  destinationPort: 56,
  number: 62,
};

export const measuring: MeasuringFrames = {
  frameBytesMin,
  mark,
  flowFields,
  stamps: { sequence: 72, time: 76, frameBytesMin: 88 },
  build(macs, frameBytes, flow, sequence) {
    const payload = new Uint8Array(memoryBytes(frameBytes) - payloadAt);
    const view = new DataView(payload.buffer);
    view.setUint16(flowFields.number - payloadAt, flow, true);
    view.setUint16(sequenceAt - payloadAt, sequence, true);
    view.setUint32(mark.at - payloadAt, mark.value, true);
    const frame = buildUdpFrame(macs, flow, payload);
    writeUdpChecksum(frame);
    return frame;
  },
  writeChecksum: writeUdpChecksum,
  expectedBack: (window) => window,
};
