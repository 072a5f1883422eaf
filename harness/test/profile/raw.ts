/** Small raw stacks as the profiler writes them, and what their addresses mean. */
import type { RawProfile } from "../../src/runner/guest-profiling.ts";

/**
 * Kernel text, a module, a BPF program of ours. A classic filter at ffffffffc0003000 has no name.
 */
const kernel = [
  "ffffffff81000000 T entry_SYSCALL_64",
  "ffffffff81000100 T do_syscall_64",
  "ffffffff81000200 t packet_sendmsg",
  "ffffffff81000300 T asm_common_interrupt",
  "ffffffff81000400 T __do_softirq",
  "ffffffff81000500 T sk_filter_trim_cap",
  "ffffffff81000600 D some_data",
  "ffffffffc0001000 t veth_xmit\t[veth]",
  "ffffffffc0002000 t bpf_prog_0123456789abcdef_count\t[bpf]",
];

const root = new URL("../../../", import.meta.url).href;

/** V8's: the second line of an address counts. */
const compiled = [
  "10000 100 Builtins_Call_ReceiverIsNotNullOrUndefined",
  `20000 80 JS:^sendWindow ${root}harness/src/trial/tester/window-sender.ts:10:20`,
  `20000 80 JS:*exchange ${root}harness/src/trial/loop/exchange.ts:29:37`,
  `20100 80 JS:+ ${root}harness/src/trial/loop/exchange.ts:40:10`,
  `20200 80 JS:*forward ${root}packages/workloads/src/ipv4.ts:12:5`,
];

const maps = "7f0000000000-7f0000001000 r-xp 00000000 00:00 0 [vdso]";

/**
 * exchange calls, by V8's glue, a system call that ends in veth_xmit; the filter; an interrupt upon
 * it; another task. 640 instructions in all, 10 per frame at window 64.
 */
const stacks = `stacks 1
window 640
window 650
window 640
seen calls 4 returns 3 unmatched 1 interrupts 1 switches 1
node 1 0 1 20010 10000
node 2 1 1 10010 20200
node 3 2 3 0 ffffffff81000000
node 4 3 1 ffffffff81000010 ffffffff81000100
node 5 4 1 ffffffff81000110 ffffffff81000200
node 6 5 1 ffffffff81000210 ffffffffc0001000
node 7 4 1 ffffffff81000510 ffffffffc0003000
node 8 6 5 0 ffffffff81000300
node 9 8 1 ffffffff81000310 ffffffff81000400
node 10 0 7 0 0
cell 1 10004 10
cell 2 20204 64
cell 2 20244 64
cell 4 ffffffff81000104 102
cell 6 ffffffffc0001004 200
cell 7 ffffffffc0003010 50
cell 9 ffffffff81000404 100
cell 10 ffffffff81000404 50
end
`;

export const raw: RawProfile = {
  stacks,
  kernel: `${kernel.join("\n")}\n`,
  maps: `${maps}\n`,
  compiled: `${compiled.join("\n")}\n`,
  inlined: "",
};

export const ofCell = {
  cell: "guest/igb/instructions/xdp/native/64B/burst64/flows1/window64",
  window: 64,
  p50: 10,
};
