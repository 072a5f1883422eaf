/**
 * Link-layer headers other than Ethernet (https://www.tcpdump.org/linktypes.html). Where the rest
 * of a packet says enough, it gets an Ethernet header: Linux "cooked" captures, of
 * `tcpdump -i any`, and bare IP packets.
 */
import { inputError } from "../errors/input-error.ts";
import type { CapturedPacket } from "./packet.ts";

const ethernet = 1;
const etherTypeIpv4 = 0x0800;
const etherTypeIpv6 = 0x86dd;
const headerBytes = 14;
/** Of IEEE 802 numbers that Linux gives to frames without an EtherType: the length stands there. */
const lengthFields = [0x0001, 0x0004];
/** Below this an EtherType is a length (IEEE 802.3). */
const etherTypeMin = 0x0600;

/** A frame's EtherType, its sender where the header has it, and where its payload begins. */
interface Inside {
  readonly etherType: number;
  readonly source?: Uint8Array;
  readonly payloadAt: number;
}

interface Convertible {
  readonly name: string;
  /** Undefined for a packet that holds no frame. */
  readonly find: (view: DataView, bytes: Uint8Array) => Inside | undefined;
}

const bareIp: Convertible = { name: "bare IP packets", find: (_, bytes) => ipAt(bytes, 0) };
const loopback: Convertible = {
  name: "packets of a BSD loopback interface",
  find: (_, bytes) => ipAt(bytes, 4),
};

const convertible: Readonly<Record<number, Convertible>> = {
  0: loopback,
  108: loopback,
  12: bareIp,
  14: bareIp,
  101: bareIp,
  228: bareIp,
  229: bareIp,
  113: { name: "Linux cooked frames", find: findCooked },
  276: { name: "Linux cooked frames, version 2", find: findCooked2 },
};

/** Those that are met most, to be named when they are refused. */
const otherNames: Readonly<Record<number, string>> = {
  6: "Token Ring",
  9: "PPP",
  10: "FDDI",
  50: "PPP in HDLC-like framing",
  51: "PPPoE sessions",
  104: "Cisco HDLC",
  105: "IEEE 802.11",
  107: "Frame Relay",
  119: "IEEE 802.11 with Prism headers",
  127: "IEEE 802.11 with radiotap headers",
  163: "IEEE 802.11 with AVS headers",
  189: "USB",
  192: "per-packet information",
  195: "IEEE 802.15.4",
  201: "Bluetooth",
  220: "USB",
  239: "netfilter log",
  247: "InfiniBand",
  252: "exported protocol data units",
  253: "netlink",
};

/** How frames that are not Ethernet's got there, in words; undefined for Ethernet. */
export function conversionOf(linkType: number): string | undefined {
  return convertible[linkType]?.name;
}

/**
 * The packet as an Ethernet frame. A header that it did not have is addressed to nobody.
 *
 * @param record its number in the capture, from 1, for messages
 * @throws IopathError, exit status 5: frames of another kind
 */
export function toEthernet(packet: CapturedPacket, record: number, name: string): Uint8Array {
  const { bytes, linkType } = packet;
  if (linkType === ethernet) return bytes;
  const known = convertible[linkType];
  if (!known) throw otherLinkType(linkType, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const inside = known.find(view, bytes);
  if (!inside) {
    const remedy = "cut it out: `editcap IN OUT NUMBER`";
    throw inputError(name, `has no frame in packet ${record} (${known.name})`, remedy);
  }
  const payload = bytes.subarray(inside.payloadAt);
  const frame = new Uint8Array(headerBytes + payload.length);
  if (inside.source) frame.set(inside.source, 6);
  const hasLength = lengthFields.includes(inside.etherType);
  const etherType = hasLength ? Math.min(payload.length, etherTypeMin - 1) : inside.etherType;
  frame[12] = etherType >> 8;
  frame[13] = etherType & 0xff;
  frame.set(payload, headerBytes);
  return frame;
}

function otherLinkType(linkType: number, name: string) {
  const kind = otherNames[linkType];
  const what = `holds frames of link type ${linkType}${kind ? ` (${kind})` : ""}, not Ethernet (1)`;
  const remedy =
    "capture on an Ethernet interface (`tcpdump -i IF`), or convert it: " +
    "`tcprewrite --dlt=enet --enet-dmac=MAC --enet-smac=MAC -i IN -o OUT`";
  return inputError(name, what, remedy);
}

/** An IP packet by the version in its first byte. */
function ipAt(bytes: Uint8Array, payloadAt: number): Inside | undefined {
  const version = (bytes[payloadAt] ?? 0) >> 4;
  if (version === 4) return { etherType: etherTypeIpv4, payloadAt };
  return version === 6 ? { etherType: etherTypeIpv6, payloadAt } : undefined;
}

/** LINKTYPE_LINUX_SLL: kind, ARPHRD type, length of the address, address, protocol; 16 bytes. */
function findCooked(view: DataView, bytes: Uint8Array): Inside | undefined {
  if (view.byteLength < 16) return undefined;
  const source = sourceOf(bytes.subarray(6, 14), view.getUint16(4));
  return insideOf(view.getUint16(2), view.getUint16(14), source, 16);
}

/** LINKTYPE_LINUX_SLL2: protocol, interface, ARPHRD type, kind, address; 20 bytes. */
function findCooked2(view: DataView, bytes: Uint8Array): Inside | undefined {
  if (view.byteLength < 20) return undefined;
  const source = sourceOf(bytes.subarray(12, 20), bytes[11]!);
  return insideOf(view.getUint16(8), view.getUint16(0), source, 20);
}

function sourceOf(field: Uint8Array, length: number): Uint8Array | undefined {
  return length === 6 ? field.subarray(0, 6) : undefined;
}

/**
 * ARPHRD types of if_arp.h whose protocol field is no EtherType: netlink, radiotap, Frame Relay.
 */
const otherHardware = [770, 802, 803, 824];

function insideOf(
  hardware: number,
  protocol: number,
  source: Uint8Array | undefined,
  payloadAt: number,
): Inside | undefined {
  if (otherHardware.includes(hardware)) return undefined;
  if (protocol < etherTypeMin && !lengthFields.includes(protocol)) return undefined;
  return { etherType: protocol, payloadAt, ...(source ? { source } : {}) };
}
