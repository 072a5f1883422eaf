import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePcap } from "../../src/captures/pcap.ts";
import { formatPcap, parseCapture } from "../../src/index.ts";
import { pcapngOf, pcapOf } from "./files.ts";
import { ipFrame, tagged, tcpSegment } from "./frames.ts";

const packets = fc.array(fc.uint8Array({ minLength: 0, maxLength: 200 }), { maxLength: 20 });
const frame = ipFrame(new Uint8Array(30));
const framesOf = (bytes: Uint8Array) => parseCapture(bytes, "x").frames.map((one) => [...one]);
const same = (...wanted: Uint8Array[]) => wanted.map((one) => [...one]);

describe("pcap", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(packets, fc.nat(2 ** 31), (written, startMs) => {
        const read = parsePcap(formatPcap(written, startMs), "test");
        expect(read.map(({ bytes }) => bytes)).toEqual(written);
      }),
    );
  });

  it.each([
    ["microseconds", 0xa1b2c3d4, 7000],
    ["nanoseconds", 0xa1b23c4d, 7],
    ["longer record headers", 0xa1b2cd34, 7000],
  ])("reads %s, in either byte order", (_, magic, nanoseconds) => {
    for (const littleEndian of [true, false]) {
      const read = parsePcap(pcapOf([frame, frame], { magic, littleEndian }), "test");
      expect(read).toMatchObject([
        { linkType: 1, seconds: 3, nanoseconds },
        { linkType: 1, seconds: 3, nanoseconds },
      ]);
      expect(read.map(({ bytes }) => [...bytes])).toEqual(same(frame, frame));
    }
  });

  it("says where a file is cut short, wherever that is", () => {
    const whole = pcapOf([frame, frame]);
    const ends = [24, 24 + 16 + frame.length, whole.length];
    for (let length = 0; length < whole.length; length++) {
      if (ends.includes(length)) continue;
      expect(() => parseCapture(whole.slice(0, length), "x.pcap")).toThrow(
        /x\.pcap is (cut short in|no pcap|empty)/,
      );
    }
  });

  it("refuses frames that were not captured whole", () => {
    const bytes = pcapOf([frame], { originalBytes: 1500 });
    expect(() => parseCapture(bytes, "x")).toThrow(`has ${frame.length} of 1500 bytes of frame 1`);
  });
});

describe("pcapng", () => {
  it.each(["enhanced", "simple", "obsolete"] as const)("reads %s packet blocks", (kind) => {
    for (const littleEndian of [true, false]) {
      const bytes = pcapngOf(
        [
          { bytes: frame, kind },
          { bytes: frame, kind },
        ],
        [{}],
        littleEndian,
      );
      expect(framesOf(bytes)).toEqual(same(frame, frame));
    }
  });

  it("reads interfaces of several kinds, and sections in other byte orders", () => {
    const bare = frame.subarray(14);
    const first = pcapngOf(
      [
        { bytes: bare, from: 1 },
        { bytes: frame, from: 0 },
      ],
      [{}, { linkType: 101 }],
    );
    const second = pcapngOf([{ bytes: frame }], [{}], false);
    const read = parseCapture(Buffer.concat([first, second]), "x");
    expect(read.frames.map((one) => [...one.subarray(12)])).toEqual(
      same(frame.subarray(12), frame.subarray(12), frame.subarray(12)),
    );
    expect(read.notes).toEqual(["bare IP packets: Ethernet headers were made for 1 frame"]);
  });

  it("says where a file is cut short, and fails only with a message", () => {
    const whole = pcapngOf([{ bytes: frame }, { bytes: frame }]);
    for (let length = 4; length < whole.length; length++) {
      try {
        parseCapture(whole.slice(0, length), "x.pcapng");
      } catch (error) {
        expect((error as Error).message).toMatch(/^x\.pcapng (is cut short in|holds no frames)/);
      }
    }
  });

  it("reads from an option that frames end with their check sequence", () => {
    const bytes = pcapngOf([{ bytes: frame }], [{ options: [[13, [4]]] }]);
    expect(parseCapture(bytes, "x").notes).toEqual([
      "the frame check sequence of 1 frame is sent as padding",
    ]);
  });
});

describe("what is no capture", () => {
  it("fails on arbitrary bytes only with a message", () => {
    const starts = [pcapOf([frame]), pcapngOf([{ bytes: frame }])];
    const damaged = fc
      .tuple(fc.constantFrom(...starts), fc.nat(), fc.nat(255))
      .map(([bytes, at, value]) => Uint8Array.from(bytes).fill(value, at % bytes.length));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), damaged), (bytes) => {
        try {
          parseCapture(bytes, "x.pcap");
        } catch (error) {
          expect((error as Error).message).toMatch(/^x\.pcap /);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["no bytes", new Uint8Array(), "x is empty"],
    ["a text", Buffer.from("hello, world\n"), "x is no pcap or pcapng file"],
    ["a snoop file", Buffer.from("snoop\0\0\0\0\0\0\x02"), "x is a snoop file"],
    ["a pcap without frames", pcapOf([]), "x holds no frames: there is nothing to verify"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseCapture(bytes, "x")).toThrow(message);
  });
});

/** Frames by other link types, and the Ethernet frame that they stand for. */
describe("link types", () => {
  const payload = frame.subarray(14);
  const address = [2, 0, 0, 0, 0, 9];
  const cooked = [0, 0, 0, 1, 0, 6, ...address, 0, 0, 0x08, 0x00];
  const cooked2 = [0x08, 0x00, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, ...address, 0, 0];

  it.each([
    ["Linux cooked", 113, cooked, address],
    ["Linux cooked, version 2", 276, cooked2, address],
    ["bare IP", 101, [], [0, 0, 0, 0, 0, 0]],
    ["bare IPv4", 228, [], [0, 0, 0, 0, 0, 0]],
    ["BSD loopback", 0, [2, 0, 0, 0], [0, 0, 0, 0, 0, 0]],
    ["OpenBSD loopback", 108, [0, 0, 0, 2], [0, 0, 0, 0, 0, 0]],
  ])("%s: the frames inside", (_, linkType, header, source) => {
    const packet = Uint8Array.from([...header, ...payload]);
    const { frames, notes } = parseCapture(pcapOf([packet], { linkType }), "x");
    expect([...frames[0]!]).toEqual([0, 0, 0, 0, 0, 0, ...source, 0x08, 0x00, ...payload]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/Ethernet headers were made for 1 frame$/);
  });

  it("has IPv6 and IEEE 802.2 frames too", () => {
    const six = Uint8Array.from([0x60, ...new Uint8Array(50)]);
    const read = parseCapture(pcapOf([six], { linkType: 101 }), "x");
    expect([...read.frames[0]!.subarray(12, 15)]).toEqual([0x86, 0xdd, 0x60]);
    const lengths = [0, 0, 0, 1, 0, 6, ...address, 0, 0, 0x00, 0x04, ...new Uint8Array(38)];
    const spanningTree = parseCapture(pcapOf([Uint8Array.from(lengths)], { linkType: 113 }), "x");
    expect([...spanningTree.frames[0]!.subarray(12, 14)]).toEqual([0, 38]);
  });

  it.each([
    [127, "IEEE 802.11 with radiotap headers"],
    [9, "PPP"],
    [4711, "4711"],
  ])("refuses %i, by its name and with a way to convert it", (linkType, name) => {
    const read = () => parseCapture(pcapOf([frame], { linkType }), "x");
    expect(read).toThrow(name);
    expect(read).toThrow(expect.objectContaining({ remedy: expect.stringMatching("tcprewrite") }));
  });

  it("refuses a cooked packet that holds no frame, such as one of netlink", () => {
    const packet = Uint8Array.from([0, 4, 0x03, 0x38, 0, 0, ...new Uint8Array(10), 1, 2, 3]);
    expect(() => parseCapture(pcapOf([packet], { linkType: 113 }), "x")).toThrow(
      "has no frame in packet 1",
    );
  });
});

describe("sizes that no port takes", () => {
  const full = ipFrame(new Uint8Array(1472));
  const withCheckSequence = (bytes: Uint8Array) => {
    const whole = new Uint8Array(bytes.length + 4);
    whole.set(bytes);
    new DataView(whole.buffer).setUint32(bytes.length, crc32(bytes), true);
    return whole;
  };

  it.each([
    ["merged segments", pcapOf([frame, tcpSegment(1, 4380)]), "in frame 2 (segments", "ethtool -K"],
    ["a jumbo frame", pcapOf([ipFrame(new Uint8Array(8000), { protocol: 47 })]), "jumbo", "less"],
    ["a full frame with a tag", pcapOf([tagged(full, 0x8100, 100)]), "VLAN tag", "enet-vlan=del"],
    ["two tags", pcapOf([tagged(tagged(full, 0x8100, 1), 0x88a8, 2)]), "VLAN tag", "enet-vlan=del"],
    ["a check sequence", pcapOf([withCheckSequence(full)]), "check sequence", "editcap -C -4"],
    [
      "a check sequence by the file's header",
      pcapOf([new Uint8Array(1518)], { linkType: 0x2400_0001 }),
      "check sequence",
      "editcap -C -4",
    ],
    [
      "a check sequence behind a tag",
      pcapOf([withCheckSequence(tagged(full, 0x8100, 100))]),
      "check sequence",
      "editcap -C -4",
    ],
    ["13 bytes", pcapOf([frame, new Uint8Array(13)]), "has 13 bytes in frame 2", "greater 14"],
    ["no bytes at all", pcapOf([new Uint8Array(0)]), "has 0 bytes in frame 1", "greater 14"],
  ])("%s", (_, bytes, what, remedy) => {
    const read = () => parseCapture(bytes, "x");
    expect(read).toThrow(what);
    expect(read).toThrow(expect.objectContaining({ exitStatus: 5 }));
    expect(read).toThrow(expect.objectContaining({ remedy: expect.stringMatching(remedy) }));
  });

  it("counts the others", () => {
    const bytes = pcapOf([new Uint8Array(13), frame, new Uint8Array(12), new Uint8Array(9000)]);
    expect(() => parseCapture(bytes, "x")).toThrow("2 more frames have such sizes");
  });

  it("do not include any from 14 to 1514", () => {
    expect(framesOf(pcapOf([new Uint8Array(14), full]))).toEqual(same(new Uint8Array(14), full));
  });
});
