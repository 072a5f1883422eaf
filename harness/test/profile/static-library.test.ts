/** Names of a stripped library's inner functions, from the static library of the same build. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ElfFile } from "../../src/profile/symbols/elf.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-static-library-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]) => join(folder, ...names);
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: "utf8" });

/** `changed` has another constant in the two builds, between functions that are the same. */
const one = `
  extern int other(int);
  __attribute__((noinline)) static int inner(int x) { return other(x) * 31 + x * x * 7 + 5; }
  __attribute__((noinline)) static int changed(int x) { return other(x * 3) * CONSTANT + x; }
  __attribute__((noinline)) static int last(int x) { return other(x - 9) * 17 - x / 3; }
  int outer(int x) { return inner(x) + changed(x) + last(x); }`;
/** The same code twice, under names that differ. */
const two = `
  extern int other(int);
  __attribute__((noinline)) static int NAME(int x) { return other(x + 1) * 11 + x / 7; }
  int NAME##Outer(int x) { return 0; }`;

const flags = ["-O1", "-fPIC", "-fno-ipa-icf", "-fno-toplevel-reorder"];

/** Where functions lie; code is mapped from where it lies in the file. */
const places = new Map<string, number>();

function compile(name: string, code: string, ...options: string[]): string {
  writeFileSync(at(`${name}.c`), code);
  run("gcc", ...flags, ...options, "-c", at(`${name}.c`), "-o", at(`${name}.o`));
  return at(`${name}.o`);
}

function twin(name: string): string {
  const code = two.replaceAll("NAME##Outer", `${name}Outer`).replaceAll("NAME", name);
  return compile(name, code.replace("return 0", `return ${name}(x) + 1`));
}

beforeAll(() => {
  const twins = [twin("left"), twin("right")];
  const shared = compile("shared", one, "-DCONSTANT=1001");
  const archived = compile("archived", one, "-DCONSTANT=2002");
  mkdirSync(at("plugins"));
  const library = at("plugins", "libtried.so.3.1");
  run("gcc", "-shared", "-o", library, shared, ...twins);
  run("ar", "rc", at("libtried.a"), archived, ...twins);
  for (const [, address, name] of run("nm", library).matchAll(/^(\w+) [tT] (\w+)$/gm)) {
    places.set(name!, Number.parseInt(address!, 16));
  }
  run("strip", library);
});

const nameAt = (name: string) => {
  return new ElfFile(at("plugins", "libtried.so.3.1")).nameAt(places.get(name)! + 1);
};

describe("a stripped library with its static one in the folder above", () => {
  it("has names of functions whose code is the same but for what a linker fills in", () => {
    expect(nameAt("inner")).toBe("inner");
    expect(nameAt("last")).toBe("last");
  });

  it("has the name of a function that differs between two that are the same", () => {
    expect(nameAt("changed")).toBe("changed");
  });

  it("has no name where two functions have the same code", () => {
    expect([nameAt("left"), nameAt("right")]).toEqual([undefined, undefined]);
  });

  it("has those that other files may call in any case", () => {
    expect(nameAt("outer")).toBe("outer");
  });
});

it("names nothing from the static library of another program", () => {
  const other = at("libother.so");
  const object = compile("elsewhere", "int entry(int x) { return x * 5 + 3; }");
  run("gcc", "-shared", "-o", other, object);
  run("ar", "rc", at("libother.a"), at("archived.o"));
  run("strip", other);
  const elf = new ElfFile(other);
  const names = Array.from({ length: 0x2000 }, (_, i) => elf.nameAt(i));
  expect(new Set(names.filter((name) => name !== undefined))).toEqual(new Set(["entry"]));
});
