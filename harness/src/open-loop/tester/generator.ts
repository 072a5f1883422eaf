/**
 * The generator of an open loop: an XDP program that makes frames in the kernel and sends them when
 * they are due. Each run of it looks at the clock; a run that is too early sends nothing. So the
 * rate does not depend on when user space gets the CPU.
 */
import { attachXdpProgram } from "@iopath/lab";
import {
  Assembler,
  asm,
  BpfMap,
  bpf,
  interfaceIndex,
  LiveFrames,
  XdpProgram,
} from "@iopath/native";
import { type FramePlan, sumOfDatagram } from "./frame-plan.ts";
import { paceOf } from "./pacing.ts";
import { SetupAllowance } from "./setup-allowance.ts";
import type { PacedOrder, Sending } from "./traffic.ts";

const { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 } = asm;

/** What program and user space share, by byte offsets; all are u64. */
const at = {
  /** When the next frame is due, in 64ths of a nanosecond; 0 before the first. */
  due: 0,
  /** Between two frames, in the same unit; 0 sends without a pause. */
  interval: 8,
  sent: 16,
  /** So many are sent, and no more. */
  wanted: 24,
  firstAt: 32,
  lastAt: 40,
  /** After the first frame nothing is sent later than this. */
  durationNs: 48,
  endsAt: 56,
  /** A generator that is later than this gives up what it is late by. */
  patienceNs: 64,
  /** How often it did. */
  skipped: 72,
  /** Runs that came before a frame was due. */
  early: 80,
  epoch: 88,
} as const;
const stateBytes = 96;
const loopback = "lo";
const unitShift = 6;
const unitsPerNs = 1 << unitShift;
/**
 * Runs before the kernel sends: what they send waits for the last of them, and only then is the
 * port at the far end woken. It finds a ring with room for as many again while it wakes up; 256
 * would fill the ring of a veth port, and a thread that sleeps would lose what comes meanwhile. The
 * generator's pool has as many pages (net/bpf/test_run.c); a forwarder that frees them on another
 * CPU fills a small one, and what does not fit goes through the page allocator, whose lock then
 * holds the generator for 0.1 to 0.2 ms, some hundred times per second with 16.
 */
const promptBatch = 16;
const usualBatch = 128;

interface GeneratorOptions {
  /** At the clock before each frame: they make it slower. */
  readonly needlessLooks: number;
  /** Whether nobody else has anything in its namespace. */
  readonly ownNamespace: boolean;
}

/** Sends out of a device of the namespace in which it was opened, and in which `send` is called. */
export class Generator implements Disposable {
  readonly #state: BpfMap;
  readonly #values: ReturnType<BpfMap["mapValues"]>;
  readonly #usual: LiveFrames;
  readonly #prompt: LiveFrames;
  readonly #setup = new SetupAllowance();
  readonly #resources: DisposableStack;

  constructor(device: string, plan: FramePlan, options: GeneratorOptions) {
    const { needlessLooks, ownNamespace } = options;
    using opening = new DisposableStack();
    const type = bpf.BPF_MAP_TYPE_ARRAY;
    const flags = bpf.BPF_F_MMAPABLE;
    const map = { type, valueBytes: stateBytes, entries: 1, name: "iopath_paced", flags };
    this.#state = opening.use(new BpfMap(map));
    this.#values = opening.use(this.#state.mapValues());
    const to = { device: interfaceIndex(device), needlessLooks };
    const listing = generatorProgram(this.#state, plan, to);
    const program = opening.use(new XdpProgram("iopath_generate", listing));
    // The kernel's call table of XDP programs has an entry of each that is attached somewhere. For
    // one without it waits for an RCU grace period in each call (kernel/bpf/dispatcher.c), which
    // takes milliseconds, and hundreds where threads with real-time priority have the CPUs. The
    // loopback device of a lab's namespace is down, and nothing comes there.
    if (ownNamespace) opening.use(attachXdpProgram(program, loopback, "generic"));
    const frame = plan.onWire;
    this.#usual = opening.use(new LiveFrames(program, { batch: usualBatch, frame }));
    this.#prompt = opening.use(new LiveFrames(program, { batch: promptBatch, frame }));
    this.#resources = opening.move();
  }

  /** Returns when all is sent that is going to be. */
  send({ epoch, rate, seconds, promptly }: PacedOrder): Sending {
    const values = this.#values;
    const { intervalNs, wanted, durationNs, patienceNs } = paceOf(rate, seconds);
    values.u8.fill(0, 0, stateBytes);
    values.setUint64(at.interval, Math.round(intervalNs * unitsPerNs));
    values.setUint64(at.wanted, wanted);
    values.setUint64(at.durationNs, durationNs);
    values.setUint64(at.patienceNs, patienceNs);
    values.setUint64(at.epoch, epoch);
    const calledAtNs = Number(process.hrtime.bigint());
    // The program ends by itself: nothing is sent after the time, however long the runs go on.
    const live = promptly ? this.#prompt : this.#usual;
    live.run(durationNs / 1e6 + this.#setup.ms);
    const firstAtNs = values.getUint64(at.firstAt);
    if (firstAtNs > 0) this.#setup.saw((firstAtNs - calledAtNs) / 1e6);
    return {
      offered: values.getUint64(at.sent),
      refused: null,
      firstAtNs,
      lastAtNs: values.getUint64(at.lastAt),
      skipped: values.getUint64(at.skipped),
      early: values.getUint64(at.early),
    };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

interface ProgramOptions {
  /** By its index. */
  readonly device: number;
  readonly needlessLooks: number;
}

function generatorProgram(
  state: BpfMap,
  plan: FramePlan,
  { device, needlessLooks }: ProgramOptions,
): Assembler {
  const program = new Assembler()
    .load("u32", r6, r1, bpf.xdpData)
    .load("u32", r7, r1, bpf.xdpDataEnd)
    .register("move", r3, r6)
    .immediate("add", r3, plan.onWire.length)
    .jumpIfRegister(r3, "above", r7, "drop");
  for (let i = 0; i < needlessLooks; i++) program.call(bpf.helperMonotonicTime);
  program.call(bpf.helperMonotonicTime).register("move", r8, r0).loadMapValue(r9, state.fd);
  writePacing(program);
  writeStamps(program, plan);
  return program
    .immediate("move", r1, device)
    .immediate("move", r2, 0)
    .call(bpf.helperRedirect)
    .exit()
    .label("early")
    .load("u64", r3, r9, at.early)
    .immediate("add", r3, 1)
    .store("u64", r9, at.early, r3)
    .label("drop")
    .immediate("move", r0, bpf.XDP_DROP)
    .exit();
}

/** Goes on only when a frame is due at r8; r9 is the state. */
function writePacing(program: Assembler): void {
  program
    .load("u64", r3, r9, at.sent)
    .load("u64", r4, r9, at.wanted)
    .jumpIfRegister(r3, "aboveOrEqual", r4, "drop")
    .load("u64", r4, r9, at.due)
    .jumpIf(r4, "notEqual", 0, "begun")
    .register("move", r4, r8)
    .immediate("shiftLeft", r4, unitShift)
    .store("u64", r9, at.firstAt, r8)
    .load("u64", r5, r9, at.durationNs)
    .register("add", r5, r8)
    .store("u64", r9, at.endsAt, r5)
    .label("begun")
    .load("u64", r5, r9, at.endsAt)
    .jumpIfRegister(r8, "above", r5, "drop")
    .register("move", r5, r4)
    .immediate("shiftRight", r5, unitShift)
    .jumpIfRegister(r8, "below", r5, "early")
    .load("u64", r3, r9, at.interval)
    .register("add", r4, r3)
    .register("move", r5, r4)
    .immediate("shiftRight", r5, unitShift)
    .load("u64", r2, r9, at.patienceNs)
    .register("add", r5, r2)
    .jumpIfRegister(r5, "aboveOrEqual", r8, "inTime")
    .register("move", r4, r8)
    .immediate("shiftLeft", r4, unitShift)
    .load("u64", r5, r9, at.skipped)
    .immediate("add", r5, 1)
    .store("u64", r9, at.skipped, r5)
    .label("inTime")
    .store("u64", r9, at.due, r4)
    .store("u64", r9, at.lastAt, r8);
}

/** Writes the frame again, since whoever had the page may have changed it, and its stamps. */
function writeStamps(program: Assembler, plan: FramePlan): void {
  const { onWire, stamps, checksumAt } = plan;
  const view = new DataView(onWire.buffer, onWire.byteOffset);
  const words = Math.min(onWire.length, plan.frameAt + rewrittenBytes) >>> 2;
  for (let word = 0; word < words; word++) {
    program.storeImmediate("u32", r6, word * 4, view.getUint32(word * 4, true));
  }
  program
    .load("u64", r3, r9, at.sent)
    .store("u32", r6, stamps.sequence, r3)
    .store("u64", r6, stamps.time, r8)
    .load("u64", r4, r9, at.epoch)
    .store("u16", r6, stamps.epoch, r4);
  if (checksumAt !== undefined) writeChecksum(program, plan, checksumAt);
  program.immediate("add", r3, 1).store("u64", r9, at.sent, r3);
}

/** All that a workload may have changed: the headers, and what the sink compares. */
const rewrittenBytes = 128;

/** Of the envelope: r3 is the sequence, r4 the epoch, r8 the time. RFC 1071 */
function writeChecksum(program: Assembler, plan: FramePlan, checksumAt: number): void {
  program
    .register("move", r5, r8)
    .immediate("shiftRight", r5, 32)
    .register32("move", r2, r8)
    .register("add", r5, r2)
    .register32("move", r2, r3)
    .register("add", r5, r2)
    .register("add", r5, r4)
    .immediate("add", r5, sumOfDatagram(plan));
  // 35 bits, then 20, 17 and 16
  for (let fold = 0; fold < 3; fold++) {
    program
      .register("move", r2, r5)
      .immediate("shiftRight", r2, 16)
      .immediate("and", r5, 0xffff)
      .register("add", r5, r2);
  }
  program
    .immediate("xor", r5, 0xffff)
    .jumpIf(r5, "notEqual", 0, "summed")
    .immediate("move", r5, 0xffff)
    .label("summed")
    .store("u16", r6, checksumAt, r5);
}
