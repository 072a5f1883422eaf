import { describe, expect, it } from "vitest";
import { Assembler, asm, BpfMap, bpf, testRun, XdpProgram } from "../src/index.ts";

describe("bpf(2)", () => {
  it("loads a program that the verifier accepts", () => {
    const program = new Assembler().immediate("move", asm.r0, bpf.XDP_PASS).exit();
    using loaded = new XdpProgram("accepted", program);
    expect(loaded.fd).toBeGreaterThan(2);
  });

  it("reports what the verifier says of a program that it refuses", () => {
    const program = new Assembler().load("u64", asm.r0, asm.r5, 0).exit();
    expect(() => new XdpProgram("refused", program)).toThrow(/R5 !read_ok/);
  });

  it("names the origin of the instruction that the verifier refused", () => {
    const program = new Assembler().origin("the beginning").immediate("move", asm.r0, 1);
    program.origin("a listing's line").load("u64", asm.r0, asm.r5, 0).origin("the end").exit();
    expect(() => new XdpProgram("refused", program)).toThrow(/at a listing's line$/);
  });

  it("names the origin of instructions that are never reached", () => {
    const program = new Assembler().immediate("move", asm.r0, 1).exit();
    program.origin("a dead end").immediate("move", asm.r0, 2).exit();
    expect(() => new XdpProgram("refused", program)).toThrow(/at a dead end$/);
  });

  it("runs a program on one frame", () => {
    const { r0, r1, r2, r3 } = asm;
    const program = new Assembler()
      .load("u32", r2, r1, bpf.xdpData)
      .load("u32", r3, r1, bpf.xdpDataEnd)
      .immediate("move", r0, bpf.XDP_DROP)
      .register("move", r1, r2)
      .immediate("add", r1, 14)
      .jumpIfRegister(r1, "above", r3, "end")
      .storeImmediate("u8", r2, 13, 0x5a)
      .immediate("move", r0, bpf.XDP_PASS)
      .label("end")
      .exit();
    using loaded = new XdpProgram("tried", program);
    const { verdict, frame } = testRun(loaded, new Uint8Array(20));
    expect(verdict).toBe(bpf.XDP_PASS);
    expect([...frame]).toEqual([...Array(13).fill(0), 0x5a, ...Array(6).fill(0)]);
    expect(() => testRun(loaded, new Uint8Array(3))).toThrow(
      "run a BPF program on 3 bytes: EINVAL",
    );
  });

  it("sums per-CPU counters over the CPUs", () => {
    const type = bpf.BPF_MAP_TYPE_PERCPU_ARRAY;
    using map = new BpfMap({ type, valueBytes: 64, entries: 1, name: "counters" });
    expect(map.sumOfCounters(0)).toEqual(Array(8).fill(0));
  });

  it("shows the values of an array map without a system call", () => {
    const options = { type: bpf.BPF_MAP_TYPE_ARRAY, valueBytes: 8, entries: 2, name: "values" };
    using map = new BpfMap({ ...options, flags: bpf.BPF_F_MMAPABLE });
    using values = map.mapValues();
    map.setUint32(1, 0x1234);
    expect(values.u32[2]).toBe(0x1234);
  });

  it("says what was tried and the errno's name when a map can't be made", () => {
    const options = { type: 9999, valueBytes: 8, entries: 1, name: "nonsense" };
    expect(() => new BpfMap(options)).toThrow("create BPF map nonsense: EINVAL");
  });
});
