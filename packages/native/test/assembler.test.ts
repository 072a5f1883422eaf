import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Assembler, asm } from "../src/index.ts";

function hex(program: Assembler): string[] {
  const bytes = program.assemble();
  return Array.from({ length: bytes.length / 8 }, (_, i) =>
    Buffer.from(bytes.subarray(i * 8, i * 8 + 8)).toString("hex"),
  );
}

describe("Assembler", () => {
  it("encodes each instruction class as the instruction set says", () => {
    const program = new Assembler()
      .immediate("move", asm.r0, 1)
      .register("add", asm.r1, asm.r2)
      .immediate32("and", asm.r3, -1)
      .fromBigEndian(asm.r4, 16)
      .load("u16", asm.r3, asm.r6, 12)
      .store("u8", asm.r6, 22, asm.r5)
      .storeImmediate("u32", asm.framePointer, -4, 7)
      .atomicAdd("u64", asm.r4, 0, asm.r3)
      .call(23)
      .exit();
    expect(hex(program)).toEqual([
      "b700000001000000",
      "0f21000000000000",
      "54030000ffffffff",
      "dc04000010000000",
      "69630c0000000000",
      "7356160000000000",
      "620afcff07000000",
      "db34000000000000",
      "8500000017000000",
      "9500000000000000",
    ]);
  });

  it("encodes operations and jumps of 32 bits", () => {
    const program = new Assembler()
      .register32("add", asm.r1, asm.r2)
      .fromBigEndian(asm.r4, 32)
      .jump32If(asm.r1, "above", 7, "end")
      .jump32IfRegister(asm.r1, "equal", asm.r2, "end")
      .label("end")
      .exit();
    expect(hex(program).slice(0, 4)).toEqual([
      "0c21000000000000",
      "dc04000020000000",
      "2601010007000000",
      "1e21000000000000",
    ]);
  });

  it("tells where an instruction comes from", () => {
    const program = new Assembler().immediate("move", asm.r0, 1).origin("a").exit().origin("b");
    program.exit().exit();
    expect([0, 1, 2, 3].map((i) => program.originOf(i))).toEqual([undefined, "a", "b", "b"]);
  });

  it("encodes loads of maps in two slots", () => {
    const program = new Assembler().loadMap(asm.r1, 5).loadMapValue(asm.r2, 6, 8);
    expect(hex(program)).toEqual([
      "1811000005000000",
      "0000000000000000",
      "1822000006000000",
      "0000000008000000",
    ]);
  });

  it("jumps forwards and backwards by the number of instructions in between", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (before, after) => {
        const program = new Assembler().label("top");
        for (let i = 0; i < before; i++) program.immediate("add", asm.r0, 1);
        program.jump("end").jump("top");
        for (let i = 0; i < after; i++) program.immediate("add", asm.r0, 1);
        const view = new DataView(program.label("end").exit().assemble().buffer);
        expect(view.getInt16(before * 8 + 2, true)).toBe(after + 1);
        expect(view.getInt16((before + 1) * 8 + 2, true)).toBe(-before - 2);
      }),
    );
  });

  it("refuses a jump to an unknown label", () => {
    expect(() => new Assembler().jump("nowhere").assemble()).toThrow("no such label");
  });

  it("refuses a label that is set twice", () => {
    expect(() => new Assembler().label("a").label("a")).toThrow("twice");
  });

  it("refuses an offset beyond 16 bits", () => {
    expect(() => new Assembler().load("u8", asm.r0, asm.r1, 40_000)).toThrow("16 bits");
  });
});
