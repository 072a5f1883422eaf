/** Sources and builds in the cache: what is listed of them, and what goes. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cacheFolder, requireSpaceIn } from "../../../../src/guest/cache.ts";
import {
  builtFolder,
  holdFolder,
  kernelWorks,
  pruneWorks,
  sourceEntry,
} from "../../../../src/guest/kernels/build/built-folders.ts";
import { dayMs, limitsOfDays, usualLimits } from "../../../../src/guest/kernels/prune.ts";
import { writeTree } from "../made-kernel.ts";

const now = Date.now();
let home: string;
let told: string[];
const tell = (line: string) => told.push(line);
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "iopath-works-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
  told = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** Of a source or build that was used so many days ago. */
function add(folder: string, days: number, files: Record<string, string | Buffer> = {}): string {
  writeTree(folder, { "iopath.lock": "", ...files });
  const at = new Date(now - days * dayMs);
  utimesSync(join(folder, "iopath.lock"), at, at);
  return folder;
}
const addSource = (line: string, days: number, bytes = 0) =>
  add(join(cacheFolder(), sourceEntry(line)), days, { Makefile: Buffer.alloc(bytes) });

test("sources and builds are listed with what they are of, the last used first", () => {
  addSource("6.12", 3, 10);
  add(builtFolder("linux-abcd"), 1, {
    "iopath.source": "/home/me/linux",
    "include/config/kernel.release": "6.12.117-me\n",
  });
  expect(kernelWorks()).toMatchObject([
    { kind: "build", of: "/home/me/linux", release: "6.12.117-me" },
    { kind: "source", of: "debian:6.12", release: "", bytes: 10 },
  ]);
});

test("a build's size is without its source, to which make leaves a link in it", () => {
  const source = addSource("6.12", 1, 1000);
  const folder = add(builtFolder("debian-6.12"), 0, { "kernel/fork.o": Buffer.alloc(10) });
  symlinkSync(source, join(folder, "source"));
  expect(kernelWorks().map(({ bytes }) => bytes)).toEqual([10, 1000]);
});

test("a folder that others left in the place is listed by its name, and a file is none", () => {
  mkdirSync(builtFolder("strange"), { recursive: true });
  writeTree(builtFolder(""), { notes: "mine" });
  expect(kernelWorks()).toMatchObject([{ of: "strange", bytes: 0 }]);
});

test("what was not used for so many days goes, and its bytes are told", () => {
  const old = addSource("6.1", 5, 100);
  const young = addSource("6.12", 2, 100);
  expect(pruneWorks(tell, limitsOfDays(3), now)).toBe(100);
  expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  expect(told).toEqual(["removing the source of debian:6.1, not used for 5 days"]);
  expect(pruneWorks(tell, limitsOfDays(0), now)).toBe(100);
  expect(kernelWorks()).toEqual([]);
});

test("of too much the longest unused goes, but nothing that was used within a day", () => {
  addSource("7.3", 0, 100);
  addSource("7.2", 0.5, 100);
  const middle = addSource("6.12", 3, 100);
  pruneWorks(tell, usualLimits(300), now);
  expect(existsSync(middle)).toBe(true);
  pruneWorks(tell, usualLimits(150), now);
  expect(kernelWorks().map(({ of }) => of)).toEqual(["debian:7.3", "debian:7.2"]);
});

test("what a process uses stays, and is in use from then on", () => {
  const folder = add(builtFolder("linux-abcd"), 40);
  const before = kernelWorks()[0]!.usedAt;
  using _held = holdFolder(folder, "shared");
  expect(kernelWorks()[0]!.usedAt.getTime()).toBeGreaterThan(before.getTime());
  pruneWorks(tell, limitsOfDays(0), Date.now() + dayMs);
  expect(told).toEqual([`${folder} stays: a command uses it`]);
  expect(existsSync(folder)).toBe(true);
});

test("a disk that is too full is told before anything is unpacked or built", () => {
  expect(() => requireSpaceIn(home, 2 ** 62, "a kernel's build needs")).toThrow(
    /^\/.* has \d+ MiB free; a kernel's build needs 4398046511104 MiB$/,
  );
});
