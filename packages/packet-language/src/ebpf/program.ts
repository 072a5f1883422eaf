/**
 * A listing as a whole program for the kernel: what is around its statements at the two hooks, XDP,
 * where a frame is memory, and traffic control, where it is a socket buffer (`__sk_buff`).
 */
import { Assembler, asm, type BpfMap, bpf } from "@iopath/native";
import { type Listing, nodesOf } from "../tree.ts";
import { Body, data, dataEnd, dropLabel, frameLength } from "./body.ts";

const { r0, r1, r2, r3, r8, r9, framePointer } = asm;
const context = r8;
const counters = r9;
const mapKeyAt = -4;
const vlanTagBytes = 4;

/**
 * The value of the counters map, 64 bits each: these two, then the reasons, then the listing's
 * counters.
 */
export const receivedCounter = 0;
export const forwardedCounter = 1;
export const firstReasonCounter = 2;
export const counterBytes = ({ reasons, counters }: Listing) =>
  8 * (firstReasonCounter + reasons.length + counters.length);

/** What differs between the hooks: how a frame is reached, and the verdicts' numbers. */
export interface Hook {
  readonly load: (program: Assembler, listing: Listing) => void;
  readonly drop: number;
  readonly abort: number;
}
/** For an `XdpProgram`. */
export const xdpHook: Hook = { load: loadXdpFrame, drop: bpf.XDP_DROP, abort: bpf.XDP_ABORTED };
const { TC_ACT_SHOT } = bpf;
/** For a `TrafficControlProgram`. */
export const tcHook: Hook = { load: loadSocketBuffer, drop: TC_ACT_SHOT, abort: TC_ACT_SHOT };

/**
 * @param forward writes instructions that send the frame on its way and leave the verdict in r0
 * @param map per-CPU array of one value of `counterBytes`
 */
export function ebpfProgram(
  hook: Hook,
  listing: Listing,
  forward: (program: Assembler) => void,
  map: BpfMap,
): Assembler {
  const program = new Assembler();
  const { reasons, statements, tagged } = listing;
  program.register("move", context, r1);
  findCounters(program, map);
  addOne(program, receivedCounter);
  hook.load(program, listing);
  const firstOwn = firstReasonCounter + reasons.length;
  const body = new Body(program, listing, (counter) => addOne(program, firstOwn + counter));
  body.write(statements);
  program.origin(`the end of ${listing.name}`);
  addOne(program, forwardedCounter);
  forward(program);
  program.exit();
  const drops = [...nodesOf("atLeast", statements), ...nodesOf("drop", statements)];
  const used = new Set(drops.map(({ reason }) => reason));
  if (hook === tcHook && tagged !== undefined) used.add(tagged);
  // Only what a jump leads to: the verifier refuses all else.
  for (const reason of used) {
    program.label(dropLabel(reasons, reason));
    addOne(program, firstReasonCounter + reason);
    program.immediate("move", r0, hook.drop).exit();
  }
  return program.label("no counters").immediate("move", r0, hook.abort).exit();
}

function findCounters(program: Assembler, map: BpfMap): void {
  program
    .storeImmediate("u32", framePointer, mapKeyAt, 0)
    .loadMap(r1, map.fd)
    .register("move", r2, framePointer)
    .immediate("add", r2, mapKeyAt)
    .call(bpf.helperMapLookup)
    .jumpIf(r0, "equal", 0, "no counters")
    .register("move", counters, r0);
}

/**
 * A per-CPU value needs no atomic: both hooks run in softirq, which nothing of its kind interrupts.
 */
function addOne(program: Assembler, counter: number): void {
  program
    .load("u64", r0, counters, counter * 8)
    .immediate("add", r0, 1)
    .store("u64", counters, counter * 8, r0);
}

function loadXdpFrame(program: Assembler, listing: Listing): void {
  program.load("u32", data, context, bpf.xdpData).load("u32", dataEnd, context, bpf.xdpDataEnd);
  if (!usesLength(listing)) return;
  program.register("move", frameLength, dataEnd).register("subtract", frameLength, data);
}

const usesLength = ({ statements }: Listing) => !nodesOf("length", statements).next().done;

/**
 * A socket buffer may hold bytes outside of its linear part, from which bpf_skb_pull_data() gets as
 * many as the listing may look at.
 */
function loadSocketBuffer(program: Assembler, listing: Listing): void {
  const bytes = Math.max(...[...nodesOf("atLeast", listing.statements)].map((one) => one.bytes));
  program
    .load("u32", data, context, bpf.skbData)
    .load("u32", dataEnd, context, bpf.skbDataEnd)
    .register("move", r3, data)
    .immediate("add", r3, bytes)
    .jumpIfRegister(r3, "belowOrEqual", dataEnd, "linear")
    .register("move", r1, context)
    .immediate("move", r2, bytes)
    .load("u32", r3, context, bpf.skbLength)
    .jumpIfRegister(r2, "belowOrEqual", r3, "pull")
    .register("move", r2, r3)
    .label("pull")
    .call(bpf.helperSkbPullData) // what it can't get, atLeast finds missing
    .load("u32", data, context, bpf.skbData)
    .load("u32", dataEnd, context, bpf.skbDataEnd)
    .label("linear");
  if (listing.tagged !== undefined) dropTagged(program, listing, listing.tagged);
  else if (usesLength(listing)) program.load("u32", frameLength, context, bpf.skbLength);
}

/**
 * A VLAN tag may lie outside of the bytes. It counts for the length, and is what a listing that
 * looks behind the MACs would have found there.
 */
function dropTagged(program: Assembler, { statements, reasons }: Listing, tagged: number): void {
  const { bytes, reason } = nodesOf("atLeast", statements).next().value!;
  program
    .load("u32", r3, context, bpf.skbVlanPresent)
    .load("u32", frameLength, context, bpf.skbLength)
    .jumpIf(r3, "equal", 0, "untagged")
    .jumpIf(frameLength, "below", bytes - vlanTagBytes, dropLabel(reasons, reason))
    .jump(dropLabel(reasons, tagged))
    .label("untagged");
}
