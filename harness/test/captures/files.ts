/** Captures for tests, in every form that tools write: bytes of a file, from frames. */

interface PcapForm {
  readonly magic?: number;
  readonly littleEndian?: boolean;
  readonly linkType?: number;
  /** What each packet had on the wire, where it was not captured whole. */
  readonly originalBytes?: number;
}

const modifiedMagic = 0xa1b2cd34;

/** A classic pcap file (or "modified": with 8 bytes more in each record header). */
export function pcapOf(packets: readonly Uint8Array[], form: PcapForm = {}): Uint8Array {
  const { magic = 0xa1b2c3d4, littleEndian = true, linkType = 1, originalBytes } = form;
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, magic, littleEndian);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  view.setUint32(16, 262_144, littleEndian);
  view.setUint32(20, linkType, littleEndian);
  const records = packets.map((packet) => {
    const record = new Uint8Array(magic === modifiedMagic ? 24 : 16);
    const fields = new DataView(record.buffer);
    fields.setUint32(0, 3, littleEndian);
    fields.setUint32(4, 7, littleEndian);
    fields.setUint32(8, packet.length, littleEndian);
    fields.setUint32(12, originalBytes ?? packet.length, littleEndian);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...records]);
}

interface InterfaceForm {
  readonly linkType?: number;
  /** Options as they are written: code, then bytes. */
  readonly options?: readonly (readonly [code: number, bytes: readonly number[]])[];
}

interface PcapngPacket {
  readonly bytes: Uint8Array;
  readonly from?: number;
  readonly kind?: "enhanced" | "simple" | "obsolete";
  readonly ticks?: number;
}

/** A section of a pcapng file, with its interfaces and packets. */
export function pcapngOf(
  packets: readonly PcapngPacket[],
  interfaces: readonly InterfaceForm[] = [{}],
  littleEndian = true,
): Uint8Array {
  const u16 = (value: number) => number(value, 2, littleEndian);
  const u32 = (value: number) => number(value, 4, littleEndian);
  const block = (type: number, ...body: Uint8Array[]) => {
    const content = padded(Buffer.concat(body));
    const length = u32(content.length + 12);
    return Buffer.concat([u32(type), length, content, length]);
  };
  const section = block(
    0x0a0d0d0a,
    u32(0x1a2b3c4d),
    u16(1),
    u16(0),
    u32(0xffffffff),
    u32(0xffffffff),
  );
  const descriptions = interfaces.map(({ linkType = 1, options = [] }) => {
    const list = options.flatMap(([code, bytes]) => [
      u16(code),
      u16(bytes.length),
      padded(Uint8Array.from(bytes)),
    ]);
    return block(1, u16(linkType), u16(0), u32(0), ...list);
  });
  const blocks = packets.map(({ bytes, from = 0, kind = "enhanced", ticks = 3_000_007 }) => {
    const length = u32(bytes.length);
    const times = [u32(Math.floor(ticks / 2 ** 32)), u32(ticks % 2 ** 32)];
    if (kind === "simple") return block(3, length, bytes);
    if (kind === "obsolete") return block(2, u16(from), u16(0), ...times, length, length, bytes);
    return block(6, u32(from), ...times, length, length, bytes);
  });
  const statistics = block(5, u32(0), u32(0), u32(0));
  return Buffer.concat([section, ...descriptions, ...blocks, statistics]);
}

function number(value: number, bytes: 2 | 4, littleEndian: boolean): Uint8Array {
  const field = new Uint8Array(bytes);
  const view = new DataView(field.buffer);
  if (bytes === 2) view.setUint16(0, value, littleEndian);
  else view.setUint32(0, value, littleEndian);
  return field;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return whole;
}
