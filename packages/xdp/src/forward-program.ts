/**
 * The workload's listing as a program that sends a forwarded frame on its way: for XDP, where a
 * frame is memory, and for traffic control, where it is a socket buffer.
 */
import type { Hop, Workload } from "@iopath/contract";
import { type Assembler, asm, type BpfMap, bpf } from "@iopath/native";
import { counterBytes, ebpfProgram, type Hook } from "@iopath/packet-language";
import { kernelWorkOf } from "@iopath/workloads";

const { r1, r2, r3 } = asm;

/** Instructions that end in r0 with the verdict which sends the frame on its way. */
export type Redirect = (program: Assembler) => void;

/** bpf_redirect(), to an interface by its index. */
export const redirectToInterface =
  (interfaceIndex: number): Redirect =>
  (program) => {
    program.immediate("move", r1, interfaceIndex).immediate("move", r2, 0);
    program.call(bpf.helperRedirect);
  };

/** bpf_redirect_map(), to entry 0 of a DEVMAP; without such an entry the frame is aborted. */
export const redirectThroughMap =
  (devices: BpfMap): Redirect =>
  (program) => {
    program.loadMap(r1, devices.fd).immediate("move", r2, 0);
    program.immediate("move", r3, bpf.XDP_ABORTED).call(bpf.helperRedirectMap);
  };

export interface ForwardProgram {
  /** What the counters map has as its only value, per CPU. */
  readonly counterBytes: number;
  /** @param counters a per-CPU array of one value of `counterBytes` */
  assemble(counters: BpfMap): Assembler;
}

/** @throws IopathError for a workload without a form for the kernel */
export function forwardProgram(
  hook: Hook,
  workload: Workload,
  hop: Hop,
  redirect: Redirect,
): ForwardProgram {
  const { listing, idleInstructions } = kernelWorkOf(workload, hop);
  const forward = (program: Assembler) => {
    // The first one writes: the verifier refuses to read what nothing has written.
    for (let i = 0; i < idleInstructions; i++) program.immediate(i === 0 ? "move" : "add", r3, 1);
    redirect(program);
  };
  return {
    counterBytes: counterBytes(listing),
    assemble: (counters) => ebpfProgram(hook, listing, forward, counters),
  };
}
