/** Which profile of an earlier folder a cell is compared with. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeProfile } from "../../src/present/page/write-profile.ts";
import { readEarlierProfile } from "../../src/profile/earlier.ts";
import { joinProfile } from "../../src/profile/join.ts";
import { ofCell, raw } from "./raw.ts";

const native = "instructions/xdp/native/64B/burst64/flows1/window64";
let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "iopath-earlier-"));
});
afterEach(() => rmSync(out, { recursive: true }));

/** @returns its folder */
function write(cell: string, folder = out): string {
  const profile = joinProfile(raw, { ...ofCell, cell });
  return writeProfile(folder, { profile, before: undefined, exporter: "iopath 0" });
}

const read = (cell: string, folder = out) => readEarlierProfile(folder, cell).cell;

it("is the same cell's, where it is there", () => {
  for (const kernel of ["debian:6.12/", "debian:7.3/", ""]) write(`guest/igb/${kernel}${native}`);
  expect(read(`guest/igb/debian:7.3/${native}`)).toBe(`guest/igb/debian:7.3/${native}`);
  expect(read(`guest/igb/${native}`)).toBe(`guest/igb/${native}`);
});

it("is else the one that another kernel has, on the same machine with the same IOMMU", () => {
  write(`guest/igb/debian:6.12/${native}`);
  write(`guest/igb/debian:6.12/strict/${native}`);
  write(`guest/virtio/debian:6.12/${native}`);
  expect(read(`guest/igb/debian:7.3/${native}`)).toBe(`guest/igb/debian:6.12/${native}`);
  expect(read(`guest/igb/${native}`)).toBe(`guest/igb/debian:6.12/${native}`);
  const strict = `guest/igb/debian:7.3/strict/${native}`;
  expect(read(strict)).toBe(`guest/igb/debian:6.12/strict/${native}`);
});

it("is else the one of another machine", () => {
  write(`guest/virtio/${native}`);
  expect(read(`guest/igb/debian:7.3/${native}`)).toBe(`guest/virtio/${native}`);
});

it("lies in a run's folder as well, and may be named itself, whatever it is of", () => {
  const other = `guest/igb/${native.replace("native", "tc")}`;
  const folder = write(other, join(out, "profiles"));
  expect(read(other)).toBe(other);
  expect(read(`guest/igb/${native}`, folder)).toBe(other);
});

it.each([
  ["path", native.replace("native", "tc")],
  ["window", native.replace("window64", "window1")],
])("is none of another %s", (_what, other) => {
  write(`guest/igb/${other}`);
  expect(() => read(`guest/igb/${native}`)).toThrow(
    expect.objectContaining({
      exitStatus: 3,
      message: `${out} has no profile of guest/igb/${native}`,
      remedy: expect.stringContaining("iopath profile --out"),
    }),
  );
});

it("is named where several kernels have one", () => {
  for (const kernel of ["debian:6.12", "debian:6.18"]) write(`guest/igb/${kernel}/${native}`);
  expect(() => read(`guest/igb/debian:7.3/${native}`)).toThrow(
    expect.objectContaining({
      exitStatus: 3,
      message: expect.stringMatching(/2 profiles to compare .*debian:6\.12.*debian:6\.18/),
      remedy: expect.stringContaining("name the folder of one of them"),
    }),
  );
});
