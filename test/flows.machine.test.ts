import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Batch } from "@iopath/contract";
import { buildWindows, openMeasuringTester } from "@iopath/harness/testers";
import { type MessagePath, openPacketPath } from "@iopath/kernel-sockets";
import { VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { iopath } from "./command.ts";
import { readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-flows-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the measuring tester", () => {
  let lab: VethLab;
  let port: MessagePath;
  beforeAll(() => {
    lab = new VethLab();
    const { testbed } = lab;
    port = inNamespace(testbed.forwarderNamespace, () => openPacketPath(testbed.ports, 256));
  });
  afterAll(() => {
    port[Symbol.dispose]();
    lab[Symbol.dispose]();
  });

  /** What arrives at the forwarder's ingress of so many windows. */
  function arrivals(carrier: "ethernet" | "udp", size: number | "imix", flows: number) {
    const windowFrames = 8;
    const windows = buildWindows(ipv4Forward, lab.testbed, size, windowFrames);
    using tester = openMeasuringTester(ipv4Forward, lab.testbed, carrier, windows, { flows });
    const batch = new Batch(256);
    const frames: Buffer[] = [];
    for (let w = 0; w < 12; w++) {
      expect(tester.sendWindow()).toBe(windowFrames);
      while (port.ingress.receive(batch) > 0) {
        for (let i = 0; i < batch.count; i++) {
          const at = batch.offset[i]!;
          frames.push(Buffer.from(port.memory.slice(at, at + batch.length[i]!)));
        }
      }
    }
    expect(frames.length).toBe(12 * windowFrames);
    return frames;
  }

  it("sends each frame as one of the next flow", () => {
    const { mark } = ipv4Forward.measuring;
    const frames = arrivals("ethernet", 64, 20);
    const flows = frames.map((frame) => frame.readUInt16LE(42));
    expect(flows).toEqual(frames.map((_, i) => i % 20));
    expect(new Set(frames.map((frame) => frame.toString("hex", 26, 38))).size).toBe(20);
    for (const frame of frames) expect(frame.readUInt32LE(mark.at)).toBe(mark.value);
  });

  it("varies the source of the envelope that carries a frame", () => {
    const frames = arrivals("udp", 64, 20);
    expect(new Set(frames.map((frame) => frame.toString("hex", 26, 30))).size).toBe(20);
    expect(new Set(frames.map((frame) => frame.toString("hex", 30, 34))).size).toBe(1);
  });

  it("sends a mix in its proportion", () => {
    const sizes = arrivals("ethernet", "imix", 1).map((frame) => frame.length + 4);
    const count = (bytes: number) => sizes.filter((size) => size === bytes).length;
    expect([count(64), count(570), count(1518)]).toEqual([56, 32, 8]);
  });
});

describe("a run over flows and a mix", () => {
  it("measures every cell and names flows and mix in its rows", async () => {
    const out = join(folder, "run");
    const ended = await iopath(
      ...["run", "--place", "host", "--out", out, "--path", "tester-only,kernel-sockets,xdp"],
      ...["--variant", "direct,packet-mmsg,udp-mmsg,udp-gso,native"],
      ...["--frame-bytes", "64,imix", "--flows", "1000,65536", "--window", "64"],
      ...["--samples", "50", "--rounds", "1"],
    );
    expect(ended.complaint).not.toContain("failed");
    expect(ended.status).toBe(0);
    const rows = readRows(out);
    expect(rows.length).toBe(5 * 2 * 2);
    for (const row of rows) {
      expect(row.status).toBe("measured");
      expect([1000, 65536]).toContain(row.flows);
      expect(row.frame_bytes).toBe(row.frame_mix === "imix" ? 354 : 64);
      expect(row.speedup_over_reference).toBeGreaterThan(0);
    }
    const [, block] = ended.out.split("frames of imix, window 64, flows 65536\n");
    expect(block).toMatch(/^kernel-sockets +udp-gso +\d/m);
  });
});
