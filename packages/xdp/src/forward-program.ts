/**
 * The workload `ipv4-forward` in eBPF: the twin of newIpv4Forward() in the contract, check by check
 * in the same order, so that both drop the same frames for the same reasons. One listing for two
 * hooks: XDP, where a frame is memory, and traffic control, where it is a socket buffer
 * (`__sk_buff`).
 */
import { type DropReason, dropReasons, newRewrite } from "@iopath/contract";
import { Assembler, asm, type BpfMap, bpf } from "@iopath/native";

const { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, framePointer } = asm;

/** The value of the counters map: received, sent, then one a drop reason; 64 bits each. */
export const counterBytes = 8 * (2 + dropReasons.length);
export const receivedCounter = 0;
export const sentCounter = 1;
export const firstDropCounter = 2;

const ethernetAndIpv4Bytes = 34;
const vlanTagBytes = 4;

const data = r6;
const dataEnd = r7;
/** The program's context until the frame is loaded, then the frame's length. */
const context = r8;
const frameLength = r8;
const counters = r9;

/** What a forwarded frame gets. */
export interface ForwardTarget {
  readonly destinationMac: string;
  readonly sourceMac: string;
  /** Instructions that change nothing. */
  readonly plantedInstructions: number;
}

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

/** What differs between the hooks: how a frame is reached, and the verdicts' numbers. */
interface Hook {
  readonly load: (program: Assembler) => void;
  readonly drop: number;
  readonly abort: number;
}

const xdpHook: Hook = { load: loadXdpFrame, drop: bpf.XDP_DROP, abort: bpf.XDP_ABORTED };
const tcHook: Hook = { load: loadSocketBuffer, drop: bpf.TC_ACT_SHOT, abort: bpf.TC_ACT_SHOT };

/** For an `XdpProgram`. @param map per-CPU array of one value of `counterBytes` */
export function forwardProgram(target: ForwardTarget, redirect: Redirect, map: BpfMap): Assembler {
  return assemble(xdpHook, target, redirect, map);
}

/** For a `TrafficControlProgram`, with the same counters. */
export function tcForwardProgram(
  target: ForwardTarget,
  redirect: Redirect,
  map: BpfMap,
): Assembler {
  return assemble(tcHook, target, redirect, map);
}

function assemble(hook: Hook, target: ForwardTarget, redirect: Redirect, map: BpfMap): Assembler {
  const program = new Assembler();
  program.register("move", context, r1);
  findCounters(program, map);
  addOne(program, receivedCounter);
  hook.load(program);
  check(program);
  rewrite(program, target);
  addOne(program, sentCounter);
  redirect(program);
  program.exit();
  for (const [i, reason] of dropReasons.entries()) {
    program.label(reason);
    addOne(program, firstDropCounter + i);
    program.immediate("move", r0, hook.drop).exit();
  }
  return program.label("no-counters").immediate("move", r0, hook.abort).exit();
}

function findCounters(program: Assembler, map: BpfMap): void {
  program
    .storeImmediate("u32", framePointer, -4, 0)
    .loadMap(r1, map.fd)
    .register("move", r2, framePointer)
    .immediate("add", r2, -4)
    .call(bpf.helperMapLookup)
    .jumpIf(r0, "equal", 0, "no-counters")
    .register("move", counters, r0);
}

function loadXdpFrame(program: Assembler): void {
  program
    .load("u32", data, context, bpf.xdpData)
    .load("u32", dataEnd, context, bpf.xdpDataEnd)
    .register("move", frameLength, dataEnd)
    .register("subtract", frameLength, data);
}

/**
 * A socket buffer may hold its headers outside of its linear part, from which bpf_skb_pull_data()
 * gets them, and its VLAN tag outside of its bytes: the tag counts for the length, and is the
 * EtherType.
 */
function loadSocketBuffer(program: Assembler): void {
  program
    .load("u32", data, context, bpf.skbData)
    .load("u32", dataEnd, context, bpf.skbDataEnd)
    .register("move", r3, data)
    .immediate("add", r3, ethernetAndIpv4Bytes)
    .jumpIfRegister(r3, "belowOrEqual", dataEnd, "linear")
    .register("move", r1, context)
    .immediate("move", r2, ethernetAndIpv4Bytes)
    .call(bpf.helperSkbPullData) // fails on a frame that is shorter: check() finds it so
    .load("u32", data, context, bpf.skbData)
    .load("u32", dataEnd, context, bpf.skbDataEnd)
    .label("linear")
    .load("u32", r3, context, bpf.skbVlanPresent)
    .load("u32", frameLength, context, bpf.skbLength)
    .jumpIf(r3, "equal", 0, "untagged")
    .jumpIf(frameLength, "below", ethernetAndIpv4Bytes - vlanTagBytes, "short")
    .jump("ethertype")
    .label("untagged");
}

/** Jumps to the label of the first reason to drop that applies. */
function check(program: Assembler): void {
  const reason = (name: DropReason) => name;
  program
    .register("move", r3, data)
    .immediate("add", r3, ethernetAndIpv4Bytes)
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
    .fromBigEndian(r4, 16) // r4: total length
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
  for (let i = 0; i < target.plantedInstructions; i++) program.immediate("add", r3, 1);
}

/**
 * A per-CPU value needs no atomic: both hooks run in softirq, which nothing of its kind interrupts.
 */
function addOne(program: Assembler, counter: number): void {
  program
    .load("u64", r3, counters, counter * 8)
    .immediate("add", r3, 1)
    .store("u64", counters, counter * 8, r3);
}
