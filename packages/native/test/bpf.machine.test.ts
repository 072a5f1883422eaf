import { describe, expect, it } from "vitest";
import { Assembler, asm, BpfMap, bpf, XdpProgram } from "../src/index.ts";

describe("bpf(2)", () => {
  it("loads a program that the verifier accepts", () => {
    const program = new Assembler().immediate("move", asm.r0, bpf.XDP_PASS).exit();
    using loaded = new XdpProgram("accepted", program);
    expect(loaded.fd).toBeGreaterThan(2);
  });

  it("tells what the verifier says of a program that it refuses", () => {
    const program = new Assembler().load("u64", asm.r0, asm.r5, 0).exit();
    expect(() => new XdpProgram("refused", program)).toThrow(/R5 !read_ok/);
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
