/** A bisect of kernels on rows that are made up, and what it says. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { kernelLabel } from "@iopath/lab/guest";
import { describe, expect, it } from "vitest";
import { bisectKernels, listOfKernels } from "../../src/bisect/bisect-kernels.ts";
import type { MeasuredRow } from "../../src/bisect/measure.ts";
import { bisectionJson, formatBisection } from "../../src/bisect/text.ts";
import { checkConfig } from "../../src/matrix/config.ts";
import { countedInGuest } from "../../src/matrix/counted-in-guest.ts";

const variant = "xdp/native";
const [section] = checkConfig(
  { ...countedInGuest, paths: { "tester-only": ["direct"], xdp: ["native"] } },
  "test",
);

/** By the kernel's name: the cell's figure and the tester's, or what ails it. */
type World = Readonly<Record<string, readonly [figure: number, tester: number] | string>>;

function rowsOf(name: string, known: World[string]): MeasuredRow[] {
  const common = { guest_kernel: kernelLabel(name), kernel: `${name.replace("debian:", "")}.9` };
  const row = (path: string, name: string, p10: number | null, reason = ""): MeasuredRow => {
    const status = p10 === null ? "failed" : "measured";
    return { ...common, path, variant: name, p10, status, reason };
  };
  if (typeof known === "string") return [row("xdp", "native", null, known)];
  return [row("tester-only", "direct", known[1]), row("xdp", "native", known[0])];
}

const refused = "no kernel boots";

/** Kernels that are `refused` have no place: a run of these alone ends with an error. */
function measuring(world: World) {
  const runs: string[][] = [];
  const run = async (config: readonly (typeof section)[]) => {
    const names = config.map((one) => (one!.place as { kernel?: string }).kernel ?? "debian");
    runs.push(names);
    const there = names.filter((name) => world[name] !== refused);
    if (there.length < names.length) throw new IopathError(ExitStatus.cannotRun, refused);
    return there.flatMap((name) => rowsOf(name, world[name]!));
  };
  return { runs, measuring: { section: section!, variant, run } };
}

const world: World = {
  "debian:6.12": [6144, 4894],
  "debian:6.16": [6150, 4894],
  "debian:6.17": "3 frames lost",
  "debian:6.18": [6941, 5298],
  "debian:7.3": [6860, 5201],
};
const names = Object.keys(world);

describe("a bisect of kernels", () => {
  it("ends where someone ended a guest, and passes over no kernel for it", async () => {
    const ended = "failed: the guest was ended from outside (SIGKILL); it said\n";
    const { measuring: how } = measuring({ ...world, "debian:6.17": ended });
    await expect(bisectKernels(names, 0.002, how)).rejects.toMatchObject({
      exitStatus: ExitStatus.cannotRun,
      message: expect.stringContaining("kernel debian:6.17 can't be told"),
      remedy: expect.stringContaining("measure it again"),
    });
  });

  it("measures each kernel in a guest of its own, the ends in one run", async () => {
    const { runs, measuring: how } = measuring(world);
    const { outcome } = await bisectKernels(names, 0.002, how);
    expect(outcome).toEqual({ kind: "found", from: 1, to: 3 });
    expect(runs).toEqual([
      ["debian:6.12", "debian:7.3"],
      ["debian:6.17"],
      ["debian:6.16"],
      ["debian:6.18"],
    ]);
  });

  it("says where, by how much, what the tester has of it, and what could not be told", async () => {
    const found = await bisectKernels(names, 0.002, measuring(world).measuring);
    const lines = formatBisection(found).split("\n");
    expect(lines).toContain(
      "xdp/native got dearer between debian:6.16 (6.16.9) and debian:6.18 (6.18.9): 6,150 → 6,941 instructions per frame, +791, +12.86 %",
    );
    expect(lines).toContain("791 of 716 between the ends (+716)");
    expect(lines).toContain(
      "the tester's part of it is +404; less the tester: 1,256 → 1,643, +30.81 %",
    );
    expect(lines).toContain("  debian:6.17: failed: 3 frames lost");
    expect(lines.filter((line) => /^ *debian:6\.12 /.test(line)).join()).toMatch(
      /debian:6\.12 \(6\.12\.9\) +6,144 +4,894 +1,250/,
    );
  });

  it("has all of it as JSON, and which kernels it did not need", async () => {
    const { kernels, ...found } = JSON.parse(
      bisectionJson(await bisectKernels(names, 0.002, measuring(world).measuring)),
    ) as { kernels: object[] };
    expect(found).toMatchObject({
      variant,
      unit: "instructions/frame",
      outcome: { from: 1, to: 3 },
    });
    expect(kernels[0]).toEqual({
      ...{ kernel: "debian:6.12", measured: true, release: "6.12.9" },
      ...{ figure: 6144, tester: 4894 },
    });
    expect(kernels[2]).toMatchObject({ problem: "failed: 3 frames lost" });
  });

  it("tells of each end why it has no figure, also when none of a run's kernels has one", async () => {
    const dead = { ...world, "debian:6.12": "failed to verify", "debian:7.3": refused };
    await expect(bisectKernels(names, 0.002, measuring(dead).measuring)).rejects.toMatchObject({
      exitStatus: 2,
      message: "xdp/native has no figure on kernel debian:6.12: failed: failed to verify",
    });
  });

  it("passes on a kernel that can't be booted in the middle", async () => {
    const dead = { ...world, "debian:6.16": refused };
    const { outcome, measured } = await bisectKernels(names, 0.002, measuring(dead).measuring);
    expect(outcome).toEqual({ kind: "found", from: 0, to: 3 });
    expect(measured.get(1)!.finding).toEqual({ problem: refused });
  });

  it("is ended by what ails the machine, and not the kernel", async () => {
    const run = async () => {
      throw new IopathError(ExitStatus.output, "the disk is full");
    };
    const how = { section: section!, variant, run };
    await expect(bisectKernels(names, 0.002, how)).rejects.toThrow("the disk is full");
  });

  it("of ends that are alike is refused, with both figures", async () => {
    const alike = { ...world, "debian:7.3": [6150, 4900] } satisfies World;
    await expect(bisectKernels(names, 0.002, measuring(alike).measuring)).rejects.toMatchObject({
      exitStatus: 2,
      message:
        "nothing to bisect: xdp/native costs 6,144 on debian:6.12 and 6,150 on debian:7.3, 0.10 % apart",
    });
  });

  it("says so where the change is in steps that are too small", async () => {
    const steps = ["debian:6.12", "debian:6.16", "debian:6.18"];
    const gradual: World = Object.fromEntries(steps.map((name, i) => [name, [1000 + i, 800]]));
    const found = await bisectKernels(steps, 0.0015, measuring(gradual).measuring);
    expect(formatBisection(found)).toContain(
      "xdp/native got dearer between debian:6.12 (6.12.9) and debian:6.18 (6.18.9), in steps of 0.15 % and less",
    );
  });
});

describe("the list of a bisect", () => {
  const whole = (release: string) => ({ release, packages: [], gone: [] });
  const mirror = ["7.3.4-amd64", "6.18.5-amd64", "6.12.9-amd64"].map(whole);

  it("is what the mirror has between two of Debian's", async () => {
    const list = await listOfKernels(["debian:6.12", "debian:7.3"], async () => mirror);
    expect(list).toEqual(["debian:6.12.9-amd64", "debian:6.18.5-amd64", "debian:7.3.4-amd64"]);
  });

  it.each([
    [["debian:6.12", "debian:6.18", "debian:7.3"]],
    [["debian", "debian:7.3"]],
    [["debian:6.12", "debian:7.3-rt"]],
    [["debian:6.12", "/usr"]],
  ])("is as it was given else: %j", async (names) => {
    const asked = async () => {
      throw new Error("the mirror was asked");
    };
    expect(await listOfKernels(names, asked)).toEqual(names);
  });
});
