/**
 * The workload `ipv4-forward` in eBPF: the twin of forwardIpv4() in the contract, check by check in the
 * same order, so that both drop the same frames for the same reasons.
 */
import { type DropReason, dropReasons, newRewrite } from "@iopath/contract";
import { Assembler, asm, type BpfMap, bpf } from "@iopath/native";

const { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, framePointer } = asm;

/** The value of the counters map: received, sent, then one a drop reason; 64 bits each. */
export const counterBytes = 8 * (2 + dropReasons.length);
export const receivedCounter = 0;
export const sentCounter = 1;
export const firstDropCounter = 2;

const data = r6;
const dataEnd = r7;
const frameLength = r8;
const counters = r9;

export interface ForwardTarget {
  readonly interfaceIndex: number;
  readonly destinationMac: string;
  readonly sourceMac: string;
}

/** @param map per-CPU array of one value of `counterBytes` */
export function forwardProgram(target: ForwardTarget, map: BpfMap): Assembler {
  const program = new Assembler();
  loadFrame(program, map);
  check(program);
  rewrite(program, target);
  addOne(program, sentCounter);
  program.immediate("move", r1, target.interfaceIndex).immediate("move", r2, 0);
  program.call(bpf.helperRedirect).exit();
  for (const [i, reason] of dropReasons.entries()) {
    program.label(reason);
    addOne(program, firstDropCounter + i);
    program.immediate("move", r0, bpf.XDP_DROP).exit();
  }
  return program.label("no-counters").immediate("move", r0, bpf.XDP_ABORTED).exit();
}

function loadFrame(program: Assembler, map: BpfMap): void {
  program
    .load("u32", data, r1, bpf.xdpData)
    .load("u32", dataEnd, r1, bpf.xdpDataEnd)
    .storeImmediate("u32", framePointer, -4, 0)
    .loadMap(r1, map.fd)
    .register("move", r2, framePointer)
    .immediate("add", r2, -4)
    .call(bpf.helperMapLookup)
    .jumpIf(r0, "equal", 0, "no-counters")
    .register("move", counters, r0);
  addOne(program, receivedCounter);
  program.register("move", frameLength, dataEnd).register("subtract", frameLength, data);
}

/** Jumps to the label of the first reason to drop that applies. */
function check(program: Assembler): void {
  const reason = (name: DropReason) => name;
  program
    .register("move", r3, data)
    .immediate("add", r3, 34)
    .jumpIfRegister(r3, "above", dataEnd, reason("short"))
    .load("u16", r3, data, 12)
    .jumpIf(r3, "notEqual", 0x0008, reason("ethertype")) // 0x0800, little-endian
    .load("u8", r3, data, 14)
    .register("move", r4, r3)
    .immediate("shiftRight", r4, 4)
    .jumpIf(r4, "notEqual", 4, reason("version"))
    .immediate("and", r3, 0xf)
    .immediate("shiftLeft", r3, 2) // r3: header bytes
    .jumpIf(r3, "below", 20, reason("header-length"))
    .load("u16", r4, data, 16)
    .fromBigEndian16(r4) // r4: total length
    .jumpIfRegister(r4, "below", r3, reason("total-length"))
    .immediate("add", r4, 14)
    .jumpIfRegister(r4, "above", frameLength, reason("total-length"))
    .load("u8", r5, data, 22) // r5: TTL, also for rewrite()
    .jumpIf(r5, "belowOrEqual", 1, reason("ttl"));
}

/** New MAC addresses, TTL one lower, header checksum by RFC 1624 on the little-endian half word. */
function rewrite(program: Assembler, target: ForwardTarget): void {
  const macs = newRewrite(target.destinationMac, target.sourceMac);
  for (const [i, word] of macs.entries()) program.storeImmediate("u32", data, i * 4, word);
  program
    .immediate("subtract", r5, 1)
    .store("u8", data, 22, r5)
    .load("u16", r3, data, 24)
    .immediate("add", r3, 1)
    .jumpIf(r3, "below", 0xffff, "no-carry")
    .immediate("add", r3, 1)
    .label("no-carry")
    .store("u16", data, 24, r3);
}

/** A per-CPU value needs no atomic: XDP runs with preemption off. */
function addOne(program: Assembler, counter: number): void {
  program
    .load("u64", r3, counters, counter * 8)
    .immediate("add", r3, 1)
    .store("u64", counters, counter * 8, r3);
}
