/**
 * A process in which our loop and the same one in C, plain and tuned, take turns on the same ports,
 * pool and frames. Prints the nanoseconds per frame of each turn as JSON.
 *
 *     contest.ts LOOP BURST MILLISECONDS CPU
 */
import { hopBytes, hopOf, type PolledPath, polledForwarder } from "@iopath/contract";
import { warmUpFramesUsual } from "@iopath/harness";
import { compileEarly, pinToCpu } from "@iopath/native";
import {
  Device,
  framesOfMbufs,
  MbufList,
  PmdEgress,
  PmdIngress,
  Pool,
  Received,
  startEal,
} from "@iopath/userspace-pmd";
import { ipv4Forward } from "@iopath/workloads";
import { type Form, forms, loadInC, readCounters } from "../c-library.ts";
import { flagsOfDpdk, type Loop, loops } from "./loops.ts";

/** By contender: nanoseconds per frame of each turn; those of one index were neighbours in time. */
export type Turns = Record<"ours" | Form, number[]>;

interface Contender {
  readonly name: keyof Turns;
  /** Does so many bursts; returns how many frames came. */
  readonly run: (bursts: number) => number;
  readonly drops: () => Uint32Array;
}

/** A frame of TTL 255 has lived through twice as many. */
const burstsPerTurn = 200;
/** Where the kernel does most of it, and a burst takes a tenth of a millisecond. */
const burstsPerTurnOfKernel = 10;
const mbufsOfNull = 1023;
const mbufs = 8191;
const linkDeadlineMs = 120_000;
const settlingMs = 100;

const [name, burstText, millisecondsText, cpu] = process.argv.slice(2);
const loop = loops.find((candidate) => candidate.name === name)!;
const burst = Number(burstText);

const macs = { destinationMac: "02:00:00:00:00:01", sourceMac: "02:00:00:00:00:02" };
/** With TTL 255, so that it goes round for a while. */
const frame = ipv4Forward.wear!.fresh(ipv4Forward.measuring.build(macs, 64, 0, 0));
const egressPort = {
  device: loop.name,
  queue: 0,
  mac: "02:00:00:00:00:03",
  ipv4: "10.0.2.1",
  neighbor: { mac: "02:00:00:00:00:04", ipv4: "10.0.2.2" },
};

compileEarly();
if (cpu !== undefined) pinToCpu(Number(cpu));
const eal = startEal(loop.pages);
const pool = Pool.create(eal, loop.frames === 0 ? mbufsOfNull : mbufs);
for (const at of pool.mbufs()) pool.bytes.set(frame, at + 256);
const devices = loop.devices.map(
  ([driver, args]) => new Device(eal, { driver, arguments: args, pool }),
);
const [from, to] = [devices[loop.from]!, devices[loop.to]!];
const ports = [from.port, to.port] as const;
const list = new MbufList(512, pool.high);

function openOurs(): Contender {
  const lists = { received: new Received(pool, list), dropped: new MbufList(512, pool.high) };
  const ingress = new PmdIngress(from, 0, lists.received);
  const { freeBulk } = eal.dpdk;
  const egress = new PmdEgress({ device: to, queue: 0, ...lists, freeBulk });
  const path: PolledPath = {
    kind: "polled",
    memory: pool.bytes,
    inPlace: framesOfMbufs(list, pool),
    ...{ ingress, egress },
    counters: () => ({ received: ingress.received, sent: egress.sent, unsent: egress.unsent }),
    [Symbol.dispose]() {},
  };
  const { step, counters } = polledForwarder(path, egressPort, { burst, workload: ipv4Forward });
  const run = (bursts: number) => {
    let frames = 0;
    for (let i = 0; i < bursts; i++) frames += step();
    return frames;
  };
  return { name: "ours", run, drops: () => counters().dropped };
}

/** Both forms have a function that renews frames; it is the same. */
function openInC(form: Form): Contender & { readonly refresh: () => void } {
  const bytes = hopBytes(hopOf(egressPort));
  const c = loadInC("dpdk/forward.c", form, bytes, flagsOfDpdk());
  c.func("peer_open", "void", ["uint8_t *"])(bytes);
  const uint = "uint";
  const forward = c.func("peer_forward", uint, [uint, uint, uint, uint]);
  const renew = c.func("peer_refresh", "void", [uint, uint, uint, uint, "uint8_t *"]);
  const countersAt = c.func("peer_counters", "uintptr_t", [])() as number;
  return {
    name: form,
    run: (bursts) => forward(...ports, burst, bursts) as number,
    drops: () => readCounters(countersAt).dropped,
    refresh: () => void renew(...ports, burst, 2 * (loop.frames + burst), frame),
  };
}

/** Puts the frames on their way, once the other end is there. */
function inject({ frames }: Loop): void {
  const giveUpAt = performance.now() + linkDeadlineMs;
  while (!to.isUp() && performance.now() < giveUpAt);
  if (!pool.take(list, 0, frames)) throw new Error("no mbufs");
  for (let i = 0; i < frames; i++) pool.write(list, i, frame);
  for (let sent = 0; sent < frames; ) {
    if (performance.now() > giveUpAt) throw new Error(`${to.name} takes no frames`);
    sent += to.transmitBurst(to.transmitQueue(0), list.address + sent * 8, frames - sent);
  }
}

/** One turn each, and that until the time is up; each round in the other direction. */
function measure(contenders: readonly Contender[], refresh: () => void, forMs: number): Turns {
  const turns: Turns = { ours: [], plain: [], tuned: [] };
  const bursts = loop.veth ? burstsPerTurnOfKernel : burstsPerTurn;
  const inTurn = [contenders, contenders.toReversed()];
  const until = performance.now() + forMs;
  for (let round = 0; performance.now() < until; round++) {
    for (const { name, run } of inTurn[round % 2]!) {
      refresh();
      const start = performance.now();
      let frames = 0;
      while (frames === 0) frames = run(bursts);
      turns[name].push(((performance.now() - start) * 1e6) / frames);
    }
  }
  return turns;
}

const inC = forms.map(openInC);
const contenders = [openOurs(), ...inC];
if (loop.frames > 0) inject(loop);
const { refresh } = inC[0]!;
for (const { run } of contenders) {
  for (let frames = 0; frames < warmUpFramesUsual; frames += run(1)) refresh(); // as trials do
}
measure(contenders, refresh, settlingMs); // the loop around them, that V8 compiles as well
const turns = measure(contenders, refresh, Number(millisecondsText));
const dropped = contenders.filter(({ drops }) => drops().some((count) => count > 0));
if (dropped.length > 0) throw new Error(`${dropped.map((one) => one.name)}: frames died`);
process.stdout.write(JSON.stringify(turns), () => process.exit(0)); // the devices go with us
