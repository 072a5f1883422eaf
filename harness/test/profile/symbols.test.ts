import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CompiledCode, frameOf } from "../../src/profile/symbols/compiled.ts";
import { ElfFile } from "../../src/profile/symbols/elf.ts";
import { KernelSymbols } from "../../src/profile/symbols/kernel.ts";
import { newNames } from "../../src/profile/symbols/names.ts";
import { raw } from "./raw.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-symbols-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("an ELF file", () => {
  const file = join(folder, "library.so");
  const source = "int first(void) { return 1; } int second(void) { return 2; }";
  execFileSync("gcc", ["-x", "c", "-shared", "-fPIC", "-o", file, "-"], { input: source });
  /** nm(1) says addresses; the text segment of such a library lies where its addresses say. */
  const addressOf = (name: string) => {
    const line = execFileSync("nm", [file], { encoding: "utf8" })
      .split("\n")
      .find((one) => one.endsWith(` T ${name}`))!;
    return Number.parseInt(line, 16);
  };

  it("names functions by their place in it", () => {
    const elf = new ElfFile(file);
    expect(elf.nameAt(addressOf("first"))).toBe("first");
    expect(elf.nameAt(addressOf("second") - 1)).toBe("first");
    expect(elf.nameAt(addressOf("second") + 3)).toBe("second");
    expect(elf.nameAt(0x10)).toBeUndefined();
  });

  it("of another kind names nothing", () => {
    const text = join(folder, "text");
    writeFileSync(text, "no ELF file\n");
    expect(new ElfFile(text).nameAt(3)).toBeUndefined();
  });

  it("names addresses where it is mapped, and what lies between its functions by the file", () => {
    const maps = `7f00000000-7f00010000 r-xp 00000000 00:00 1 ${file}\n`;
    const namesAt = newNames({ ...raw, maps }, []);
    const at = (offset: number) => (0x7f00000000 + offset).toString(16);
    expect(namesAt(at(addressOf("first")))).toEqual([{ name: "first", object: "library.so" }]);
    expect(namesAt(at(0x10))[0].name).toBe("[library.so]");
  });
});

describe("compiled code", () => {
  it.each([
    ["JS:*f file:///elsewhere/a.ts:3:9", "*f a.ts:3", "/elsewhere/a.ts"],
    ["JS:+'f file:///elsewhere/a.ts:3:9", "+f a.ts:3", "/elsewhere/a.ts"],
    ["JS:^ node:internal/timers:12:1", "^(anonymous) timers:12", "node:internal/timers"],
    ["JS:*f :3:1", "*f javascript:3", "javascript"],
    ["JS:wasm-function[0]-0-turbofan", "*wasm-function[0]", "WebAssembly"],
    ["JS:wasm-function[12]-12-liftoff", "^wasm-function[12]", "WebAssembly"],
    ["Builtins_Call", "Builtins_Call", "node"],
    ["a;b", "a:b", "node"],
  ])("%s is %s", (line, name, object) => {
    expect(frameOf(line)).toEqual({ name, object });
  });

  it("that lies where other code was counts", () => {
    const code = new CompiledCode("1000 10 old\n1000 10 new\n1ff0 20 across\n");
    expect(code.nameOf(0x1008)?.name).toBe("new");
    expect([code.nameOf(0x1ff0)?.name, code.nameOf(0x200f)?.name]).toEqual(["across", "across"]);
    expect(code.nameOf(0x2010)).toBeUndefined();
  });
});

describe("the kernel", () => {
  it("has one name for an address: the one that other files know", () => {
    const symbols = new KernelSymbols("ffffffff81000000 t b\nffffffff81000000 T a\n", []);
    expect(symbols.nameOf("ffffffff81000004")).toEqual({ name: "a", object: "kernel" });
  });

  it("keeps code that was moved out of a function's way with its function", () => {
    const symbols = new KernelSymbols("ffffffff81000000 t f.cold\n", []);
    expect(symbols.nameOf("ffffffff81000000").name).toBe("f");
  });

  it("without names says addresses", () => {
    expect(new KernelSymbols("", []).nameOf("ffffffff81000000").name).toBe("[0xffffffff81000000]");
  });
});
