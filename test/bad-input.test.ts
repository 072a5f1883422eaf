import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { iopath } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-input-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const config = (body: string) => `export default { paths: { xdp: ["native"] }, ${body} };`;
const usage = 3;
const configStatus = 4;
const input = 5;

/** [what is wrong, arguments, exit status, what the message must say] */
const cases: [string, () => string[], number, RegExp][] = [
  [
    "an unknown path",
    () => ["list", "--path", "carrier-pigeon"],
    usage,
    /no path named carrier-pigeon\npaths are tester-only, kernel-sockets/,
  ],
  [
    "an unknown variant",
    () => ["list", "--path", "xdp", "--variant", "nativ"],
    usage,
    /no variant named nativ.*\n.*native/,
  ],
  [
    "an unknown flag",
    () => ["run", "--windwo", "1"],
    usage,
    /unknown option '--windwo'[\s\S]*--window/,
  ],
  ["an unknown command", () => ["runn"], usage, /runn/],
  ["a word in place of a number", () => ["list", "--window", "many"], usage, /not a whole number/],
  ["a window of 0", () => ["list", "--window", "0"], usage, /not above 0/],
  [
    "a window beyond the port's queue",
    () => ["list", "--window", "300"],
    usage,
    /out of range: windows.0/,
  ],
  ["a frame below 64 bytes", () => ["list", "--frame-bytes", "60"], usage, /64 bytes at least/],
  [
    "a frame above the MTU",
    () => ["list", "--frame-bytes", "9000"],
    usage,
    /1518 bytes is the largest/,
  ],
  [
    "a word in place of a frame size",
    () => ["list", "--frame-bytes", "amix"],
    usage,
    /not a whole number/,
  ],
  ["a flow too many", () => ["list", "--flows", "65537"], usage, /out of range: flows.0/],
  [
    "no config file",
    () => ["list", "--config", "/no/such.ts"],
    configStatus,
    /config \/no\/such.ts can't be read/,
  ],
  [
    "a typo in a config",
    () => [
      "list",
      "--config",
      file("typo.ts", config("frameBytes: [64], windows: [1], sampels: 3")),
    ],
    configStatus,
    /unknown key sampels; allowed are .*samples/,
  ],
  [
    "an unknown variant in a config",
    () => [
      "list",
      "--config",
      file(
        "variant.ts",
        "export default { paths: { xdp: ['nativ'] }, frameBytes: [64], windows: [1] };",
      ),
    ],
    configStatus,
    /paths.xdp: path xdp has no variant nativ; its variants are native/,
  ],
  [
    "a config that is no program",
    () => ["list", "--config", file("broken.ts", "export default {")],
    configStatus,
    /can't be read/,
  ],
  [
    "no capture",
    () => ["verify", "--pcap", "/no/such.pcap"],
    input,
    /\/no\/such.pcap can't be read \(ENOENT\)/,
  ],
  [
    "a file that is no capture",
    () => ["verify", "--pcap", file("text.pcap", "hello, world")],
    input,
    /is no pcap or pcapng file/,
  ],
  [
    "captured frames of several variants",
    () => ["verify", "--write-pcap", join(folder, "x.pcap")],
    usage,
    /takes the frames of one variant/,
  ],
  [
    "a capture to be written by a guest",
    () => ["verify", "--machine", "igb", "--variant", "native", "--write-pcap", "x.pcap"],
    usage,
    /what a guest writes ends with it\nleave it out/,
  ],
  [
    "a machine that no guest can be",
    () => ["verify", "--machine", "bgi"],
    usage,
    /no guest machine named bgi\nmachines are igb/,
  ],
  [
    "a verbs device of the host's in a guest",
    () => ["verify", "--machine", "pvrdma", "--rdma-device", "mlx5_0"],
    usage,
    /--rdma-device and --machine pvrdma do not go together: it names devices of this host/,
  ],
  [
    "other flags with --resume",
    () => ["run", "--resume", "--frame-bytes", "64"],
    usage,
    /--frame-bytes has no effect with --resume: it goes on with a run as it was\D*\nleave out/,
  ],
  [
    "turns where a flag leaves only a guest",
    () => ["run", "--kernel", "debian:6.12", "--width", "1"],
    usage,
    /--width has no effect with --kernel: no cell that is left is measured in turns\nleave out/,
  ],
  [
    "nothing to go on with",
    () => ["run", "--resume", "--out", join(folder, "nothing")],
    input,
    /no run to go on with/,
  ],
];

describe("bad input ends with one clear message and a status of its own", () => {
  it.each(cases)("%s", async (_what, args, status, message) => {
    const ended = await iopath(...args());
    expect(ended.complaint).toMatch(message);
    expect(ended.complaint).not.toMatch(/\n\s+at /);
    expect(ended.status).toBe(status);
  });
});

describe("iopath", () => {
  it.each(["/proc/iopath", join(file("plain", ""), "below")])(
    "does not write below %s",
    async (out) => {
      const ended = await iopath("run", "--out", out);
      expect(ended.status).toBe(6);
      expect(ended.complaint).toMatch(/can't be written \(ENO/);
    },
  );

  it("lists the cells of the default matrix", async () => {
    const { out, status } = await iopath("list");
    expect(status).toBe(0);
    expect(out).toContain("xdp/af-xdp/64B/burst64/flows1/window64");
  });

  it("lists the cells as JSON", async () => {
    const { out } = await iopath(
      "list",
      "--json",
      "--place",
      "host",
      "--path",
      "xdp",
      "--variant",
      "native",
      "--window",
      "1",
    );
    const cells = JSON.parse(out) as { variant: string }[];
    expect(cells.map(({ variant }) => variant)).toEqual(["native", "native"]);
  });

  it("prints the cells and measures nothing in a dry run", async () => {
    const { out, status } = await iopath(
      "run",
      "--dry-run",
      "--place",
      "host",
      "--path",
      "tester-only",
    );
    expect(status).toBe(0);
    expect(out).toContain("4 cells");
  });
});
