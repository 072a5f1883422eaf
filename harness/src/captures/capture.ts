/**
 * A capture, read and judged once, before anything is waited for or made: its format, what its
 * frames begin with, and whether every frame has a size that a port takes.
 */

import { inputError } from "../errors/input-error.ts";
import { readCaptureBytes } from "./bytes.ts";
import { conversionOf, toEthernet } from "./link-types.ts";
import type { CapturedPacket } from "./packet.ts";
import { isPcap, parsePcap } from "./pcap.ts";
import { isPcapng, parsePcapng } from "./pcapng.ts";
import { refuseUnsendable } from "./sizes.ts";

export interface Capture {
  readonly frames: readonly Uint8Array[];
  /** What was done to the frames, one sentence each. */
  readonly notes: readonly string[];
}

/** Text, a page of the web, another tool's capture: what a file begins with, and what it is. */
const strangers: readonly [start: string, what: string, remedy: string][] = [
  ["snoop\0", "is a snoop file", "convert it: `editcap -F pcap IN OUT`"],
  ["\x7fELF", "is a program", "name a capture with --pcap"],
];

/**
 * @param place a file's name, or `-` for standard input
 * @throws IopathError, exit status 5: no capture, or one that can't be replayed here
 */
export async function readCapture(place: string, signal: AbortSignal): Promise<Capture> {
  return parseCapture(await readCaptureBytes(place, signal), place);
}

/** @param name for messages */
export function parseCapture(bytes: Uint8Array, name: string): Capture {
  const packets = parsePackets(bytes, name);
  if (packets.length === 0) {
    const remedy = "capture some traffic first: `tcpdump -i IF -c 1000 -w OUT`";
    throw inputError(name, "holds no frames: there is nothing to verify", remedy);
  }
  const sized = packets.map((packet, i) => ({
    frame: toEthernet(packet, i + 1, name),
    hasCheckSequence: packet.checkSequenceBytes > 0,
  }));
  refuseUnsendable(sized, name);
  return { frames: sized.map(({ frame }) => frame), notes: notesOf(packets) };
}

function parsePackets(bytes: Uint8Array, name: string): CapturedPacket[] {
  if (isPcap(bytes)) return parsePcap(bytes, name);
  if (isPcapng(bytes)) return parsePcapng(bytes, name);
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  const known = strangers.find(([text]) => start.startsWith(text));
  if (known) throw inputError(name, known[1], known[2]);
  if (bytes.length === 0) throw inputError(name, "is empty", "name a capture with --pcap");
  const remedy = "convert it: `editcap -F pcap IN OUT`, or `tcpdump -r IN -w OUT`";
  throw inputError(name, "is no pcap or pcapng file", remedy);
}

function notesOf(packets: readonly CapturedPacket[]): string[] {
  const conversions = Map.groupBy(packets, ({ linkType }) => conversionOf(linkType));
  conversions.delete(undefined);
  const converted = [...conversions].map(
    ([name, found]) => `${name}: Ethernet headers were made for ${counted(found.length)}`,
  );
  const checked = packets.filter(({ checkSequenceBytes }) => checkSequenceBytes > 0).length;
  if (checked === 0) return converted;
  const note = `the frame check sequence of ${counted(checked)} is sent as padding`;
  return [...converted, note];
}

function counted(count: number): string {
  return count === 1 ? "1 frame" : `${count} frames`;
}
