/** Chains of callers: those that the profiler counted, and those of perf (guest/unwinder.ts). */
import { describe, expect, it } from "vitest";
import { parseRawStacks } from "../harness/src/profile/raw-stacks.ts";
import { countedChains, isAmong, newNamesOfKernel, sampledChains } from "./guest/kernel-chains.ts";

const kallsyms = `ffffffff81000000 T entry_SYSCALL_64
ffffffff81000100 T do_syscall_64
ffffffff81000200 T __x64_sys_poll
ffffffff81000300 T do_sys_poll
ffffffff81000400 T asm_sysvec_apic_timer_interrupt
ffffffff81000500 T __do_softirq
`;

/** A system call, do_syscall_64, and what it calls; a timer's interrupt; a function of Node's. */
const written = `stacks 1
window 22
seen calls 3 returns 3 unmatched 0 interrupts 1 switches 0
node 1 0 3 401000 ffffffff81000000
node 2 1 1 ffffffff81000010 ffffffff81000100
node 3 2 1 ffffffff81000110 ffffffff81000200
node 4 0 5 0 ffffffff81000400
node 5 4 1 ffffffff81000410 ffffffff81000500
node 6 0 1 401000 402000
cell 2 ffffffff81000108 5
cell 3 ffffffff81000204 4
cell 3 ffffffff81000304 3
cell 5 ffffffff81000504 6
cell 6 402004 4
end
`;
const raw = parseRawStacks(written);
const nameOf = newNamesOfKernel(kallsyms, raw);

describe("chains that were counted", () => {
  const chains = countedChains(raw, nameOf);

  it("end at the system call", () => {
    expect(chains.get("do_syscall_64 < entry_SYSCALL_64")).toBe(5);
    expect(chains.get("__x64_sys_poll < do_syscall_64 < entry_SYSCALL_64")).toBe(4);
  });

  it("leave out a function that jumped to the next: its frame is gone", () => {
    expect(chains.get("do_sys_poll < do_syscall_64 < entry_SYSCALL_64")).toBe(3);
  });

  it("end where an interrupt came", () => {
    const chain = "__do_softirq < asm_sysvec_apic_timer_interrupt < [interrupt]";
    expect(chains.get(chain)).toBe(6);
  });

  it("are of the kernel alone", () => {
    expect(chains.size).toBe(4);
  });
});

describe("chains that were sampled", () => {
  const sample = (...addresses: string[]) => `${addresses.map((a) => `\t${a} name\n`).join("")}\n`;

  it("are named by the place of each call, which lies before its return address", () => {
    // The last instruction of do_syscall_64 is a call: it returns to where __x64_sys_poll begins.
    const script = sample("ffffffff81000304", "ffffffff81000200", "ffffffff81000015");
    const chains = sampledChains(script + script, nameOf);
    expect([...chains]).toEqual([["do_sys_poll < do_syscall_64 < entry_SYSCALL_64", 2]]);
  });

  it("end where an interrupt came, whatever it came upon", () => {
    const script = sample(
      ...["ffffffff81000504", "ffffffff81000415"],
      ...["ffffffff81000308", "ffffffff81000115", "ffffffff81000015"],
    );
    const chains = sampledChains(script, nameOf);
    expect([...chains.keys()]).toEqual([
      "__do_softirq < asm_sysvec_apic_timer_interrupt < [interrupt]",
    ]);
  });
});

describe("a sampled chain is among those that were counted", () => {
  const counted = new Map([["bpf_prog_1_forward < veth_poll < entry_SYSCALL_64", 3]]);

  it("as a whole, or not at all", () => {
    expect(isAmong("bpf_prog_1_forward < veth_poll < entry_SYSCALL_64", counted)).toBe(true);
    expect(isAmong("veth_poll < entry_SYSCALL_64", counted)).toBe(false);
    expect(isAmong("bpf_prog_1_forward < veth_poll", counted)).toBe(false);
  });

  it("as its beginning, where the unwinder got no further than a BPF program", () => {
    expect(isAmong("bpf_prog_1_forward", counted)).toBe(true);
    expect(isAmong("bpf_prog_2_other", counted)).toBe(false);
  });
});
