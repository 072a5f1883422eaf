/** Names of a stripped library's inner functions, from debug symbols that are installed apart. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ElfFile } from "../../src/profile/symbols/elf.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-debug-symbols-"));
afterAll(() => rmSync(folder, { recursive: true }));
const library = join(folder, "library.so");
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: "utf8" });

/** Where the inner function lies; code is mapped from where it lies in the file. */
let inner: number;

beforeAll(() => {
  const code = `
    __attribute__((noinline)) static int inner(int x) { return x * 31 + 7; }
    int outer(int x) { return inner(x) + inner(x + 1); }`;
  writeFileSync(join(folder, "library.c"), code);
  run("gcc", "-O1", "-shared", "-fPIC", "-Wl,--build-id", "-o", library, join(folder, "library.c"));
  const line = /^(\w+) t inner$/m.exec(run("nm", library));
  inner = Number.parseInt(line![1]!, 16);
  const id = /Build ID: (\w\w)(\w+)/.exec(run("readelf", "--notes", library))!;
  mkdirSync(join(folder, "debug", id[1]!), { recursive: true });
  const apart = join(folder, "debug", id[1]!, `${id[2]}.debug`);
  run("objcopy", "--only-keep-debug", library, apart);
  run("strip", library);
});

it("are not known without them", () => {
  expect(new ElfFile(library, { debugFolder: join(folder, "none") }).nameAt(inner)).toBeUndefined();
});

it("are known with them", () => {
  expect(new ElfFile(library, { debugFolder: join(folder, "debug") }).nameAt(inner)).toBe("inner");
});
