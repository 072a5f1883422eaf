import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cached, cacheFolder } from "../../src/guest/cache.ts";
import { cpioArchive } from "../../src/guest/cpio.ts";
import { mirrorAmong } from "../../src/guest/debian.ts";
import { requireGuestFolder } from "../../src/guest/guest-folder.ts";
import { findGuestPackages, qemus, requireVersion } from "../../src/guest/packages.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "iopath-test-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

test("an entry is made once", async () => {
  let makes = 0;
  const make = (folder: string) => writeFileSync(join(folder, "file"), String(++makes));
  const first = await cached("entry", make);
  const second = await cached("entry", make);
  expect(second).toBe(first);
  expect(makes).toBe(1);
});

test("an entry that could not be made leaves nothing, and is made the next time", async () => {
  const fail = (folder: string) => {
    writeFileSync(join(folder, "half"), "");
    throw new Error("cut off");
  };
  await expect(cached("entry", fail)).rejects.toThrow("cut off");
  expect(readdirSync(cacheFolder())).toEqual([]);
  const folder = await cached("entry", (path) => writeFileSync(join(path, "whole"), ""));
  expect(readdirSync(folder)).toEqual(["whole"]);
});

test.each([
  ["a device", "/dev/null", /\/dev\/null\/.cache can't be made \(ENOTDIR, /],
  ["a file system that takes no folders", "/proc/nope", /\/proc\/nope can't be made \(ENOENT, /],
])("a home that is %s is refused with what to do", async (_what, folder, message) => {
  vi.stubEnv("XDG_CACHE_HOME", "");
  vi.stubEnv("HOME", folder);
  const refusal = { exitStatus: 2, remedy: expect.stringContaining("XDG_CACHE_HOME") };
  const made = cached("entry", () => {});
  await expect(made).rejects.toMatchObject({ ...refusal, message: expect.stringMatching(message) });
});

test.each([
  ["is not there", (folder: string) => join(folder, "none"), /can't be made \(ENOENT, /],
  ["has a long path", longFolder, /107 bytes at most/],
])("a temporary folder that %s is refused with what to do", (_what, folder, message) => {
  vi.stubEnv("TMPDIR", folder(home));
  expect(() => requireGuestFolder()).toThrow(message);
  expect(() => requireGuestFolder()).toThrow(
    expect.objectContaining({ exitStatus: 2, remedy: expect.stringContaining("TMPDIR") }),
  );
  expect(existsSync(folder(home)) ? readdirSync(folder(home)) : []).toEqual([]);
});

function longFolder(within: string): string {
  const folder = join(within, "x".repeat(90));
  mkdirSync(folder, { recursive: true });
  return folder;
}

test("an entry that a dead process left half made is removed", async () => {
  const gone = join(cacheFolder(), "iopath-4194304-1-entry");
  execFileSync("mkdir", ["-p", gone]);
  await cached("entry", () => {});
  expect(existsSync(gone)).toBe(false);
});

test("without packages the error names the command that fetches them", () => {
  expect(() => findGuestPackages()).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining("npm run setup:guest") }),
  );
});

test("an unknown version of QEMU is refused with a remedy", () => {
  const older = "QEMU emulator version 9.2.0 (Debian 1:9.2.0+ds-5)\nCopyright";
  expect(() => requireVersion(older, qemus["qemu-11"])).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('Debian trixie-backports has "QEMU emulator version 9.2.0'),
      remedy: expect.stringContaining("name a mirror of Debian trixie"),
    }),
  );
  expect(() => requireVersion("QEMU emulator version 11.1.3", qemus["qemu-11"])).not.toThrow();
});

test("the mirror is the one of Debian's own packages, not of security or others", () => {
  const targets = [
    "http://other.example/nodistro nodistro - main",
    "http://security.example/debian-security Debian Debian-Security main",
    "http://mirror.example/debian Debian Debian main",
  ];
  expect(mirrorAmong(targets.join("\n"))).toBe("http://mirror.example/debian");
  expect(mirrorAmong("http://mirror.example/ubuntu Ubuntu Ubuntu main\n")).toBeUndefined();
});

test("the mirror is known before the first update, when apt knows no origins", () => {
  const line = "http://mirror.example/debian $(ORIGIN) $(LABEL) main\n";
  expect(mirrorAmong(line)).toBe("http://mirror.example/debian");
});

test("an archive has each folder once, before its files, and ends with the trailer", () => {
  const content = Buffer.from("abc");
  const names = ["a/b/c", "a/b/d", "e"].map((path) => ({ path, content, executable: false }));
  const text = cpioArchive(names).toString("latin1");
  const found = [...text.matchAll(/070701(?:[0-9a-f]{8}){13}([^\0]+)\0/g)].map(([, name]) => name);
  expect(found).toEqual(["a", "a/b", "a/b/c", "a/b/d", "e", "TRAILER!!!"]);
  expect(text.length % 4).toBe(0);
});
