/** Frames as real traffic has them, for captures in tests: from 198.18.0.1 to 198.19.0.1. */
import { buildUdpFrame, internetChecksum } from "@iopath/contract";

const macs = { destinationMac: "02:00:00:00:00:01", sourceMac: "02:00:00:00:00:02" };

interface FrameForm {
  readonly source?: string;
  readonly destination?: string;
  readonly protocol?: number;
  readonly timeToLive?: number;
  readonly identification?: number;
  /** Flags and offset as one field (RFC 791). */
  readonly fragment?: number;
  readonly options?: readonly number[];
}

/** A UDP datagram, or a packet of another protocol with `payload` behind the IPv4 header. */
export function ipFrame(payload: Uint8Array, form: FrameForm = {}): Uint8Array {
  const { source = "198.18.0.1", destination = "198.19.0.1", options = [] } = form;
  const ports = { sourcePort: 1000, destinationPort: 9 };
  const addresses = { sourceIpv4: source, destinationIpv4: destination };
  const udp = buildUdpFrame({ ...macs, ...addresses, ...ports }, payload);
  const content = form.protocol === undefined ? udp.subarray(34) : payload;
  const frame = new Uint8Array(34 + options.length + content.length);
  frame.set(udp.subarray(0, 34));
  frame.set(options, 34);
  frame.set(content, 34 + options.length);
  const view = new DataView(frame.buffer);
  const headerBytes = 20 + options.length;
  frame[14] = 0x40 | (headerBytes / 4);
  view.setUint16(16, frame.length - 14);
  view.setUint16(18, form.identification ?? 1);
  view.setUint16(20, form.fragment ?? 0);
  frame[22] = form.timeToLive ?? 64;
  frame[23] = form.protocol ?? 17;
  view.setUint16(24, 0);
  view.setUint16(24, internetChecksum(frame.subarray(14, 14 + headerBytes)));
  return frame;
}

/** ICMP echo request number `sequence`. */
export function echoRequest(sequence: number, form: FrameForm = {}): Uint8Array {
  const message = new Uint8Array(64).fill(0x78);
  const view = new DataView(message.buffer);
  view.setUint32(0, 0x0800_0000);
  view.setUint32(4, 0x0007_0000 | sequence);
  view.setUint16(2, internetChecksum(message));
  return ipFrame(message, { ...form, protocol: 1 });
}

/** A segment of a TCP flow that ACKs; 54 bytes without data. */
export function tcpSegment(sequence: number, data = 0, form: FrameForm = {}): Uint8Array {
  const segment = new Uint8Array(20 + data).fill(0x61, 20);
  const view = new DataView(segment.buffer);
  view.setUint16(0, 50_000);
  view.setUint16(2, 443);
  view.setUint32(4, sequence);
  view.setUint32(8, 1);
  view.setUint16(12, 0x5010);
  view.setUint16(14, 0xffff);
  const frame = ipFrame(segment, { ...form, protocol: 6, fragment: 0x4000 });
  const pseudoHeader = [...frame.subarray(26, 34), 0, 6, segment.length >> 8, segment.length & 255];
  const sum = internetChecksum(Uint8Array.from([...pseudoHeader, ...segment]));
  new DataView(frame.buffer).setUint16(34 + 16, sum);
  return frame;
}

/** A frame with a tag behind its addresses. */
export function tagged(frame: Uint8Array, protocol: number, control: number): Uint8Array {
  const tag = [protocol >> 8, protocol & 255, control >> 8, control & 255];
  return Uint8Array.from([...frame.subarray(0, 12), ...tag, ...frame.subarray(12)]);
}

/** An Ethernet frame of another kind than IPv4. */
export function otherFrame(
  etherType: number,
  bytes = 42,
  destination = "ff".repeat(6),
): Uint8Array {
  const frame = new Uint8Array(bytes).fill(1);
  frame.set(Buffer.from(destination, "hex"), 0);
  frame.set([2, 0, 0, 0, 0, 2, etherType >> 8, etherType & 255], 6);
  return frame;
}
