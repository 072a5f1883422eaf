/**
 * A closed loop through the package's ports and the workload, in TypeScript: `forward.c` is the
 * same in C. Prints the frames forwarded in a second of the thread's CPU time.
 *
 *     forward.ts LOOP BURST CPU_MILLISECONDS CPU
 */

import { type PolledPath, polledForwarder } from "@iopath/contract";
import { beginCompiled, pinToCpu } from "@iopath/native";
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
import { type Loop, loops } from "./loops.ts";

/** As in forward.c. */
const burstsPerRefresh = 100;
const burstsPerLook = 200;
const mbufsOfNull = 1023;
const mbufs = 8191;
const linkDeadlineMs = 120_000;

const [name, burstText, cpuMilliseconds, cpu] = process.argv.slice(2);
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

/** Puts the frames on their way, once the other end is there. */
function inject(device: Device, pool: Pool, list: MbufList, { frames }: Loop): void {
  const giveUpAt = performance.now() + linkDeadlineMs;
  while (!device.isUp() && performance.now() < giveUpAt);
  if (!pool.take(list, 0, frames)) throw new Error("no mbufs");
  for (let i = 0; i < frames; i++) pool.write(list, i, frame);
  for (let sent = 0; sent < frames; ) {
    if (performance.now() > giveUpAt) throw new Error(`${device.name} takes no frames`);
    const rest = frames - sent;
    sent += device.transmitBurst(device.transmitQueue(0), list.address + sent * 8, rest);
  }
}

/** Resets TTL and checksum before a TTL can reach 1. */
function refreshing(ingress: PmdIngress, { list, pool }: Received): PolledPath["ingress"] {
  const header = new DataView(frame.buffer, frame.byteOffset);
  const [timeToLiveWord, checksumWord] = [header.getInt32(20, true), header.getInt32(24, true)];
  const { receive } = ingress;
  let bursts = 0;
  let stale = 0;
  const { words } = pool;
  function refresh(count: number): void {
    for (let i = 0; i < count; i++) {
      const at = pool.frameOffset(list, i) >>> 2;
      words[at + 5] = timeToLiveWord;
      words[at + 6] = checksumWord;
    }
  }
  return {
    receive(batch) {
      const count = receive(batch);
      if (++bursts % burstsPerRefresh === 0) stale = 2 * (loop.frames + burst);
      if (stale > 0) {
        refresh(count);
        stale -= count;
      }
      return count;
    },
  };
}

beginCompiled();
if (cpu !== undefined) pinToCpu(Number(cpu));
const eal = startEal(loop.pages);
const pool = Pool.create(eal, loop.frames === 0 ? mbufsOfNull : mbufs);
for (const at of pool.mbufs()) pool.bytes.set(frame, at + 256);
const devices = loop.devices.map(
  ([driver, args]) => new Device(eal, { driver, arguments: args, pool }),
);
const list = new MbufList(512, pool.high);
const lists = { received: new Received(pool, list), dropped: new MbufList(512, pool.high) };
const plain = new PmdIngress(devices[loop.from]!, 0, lists.received);
const { freeBulk } = eal.dpdk;
const device = devices[loop.to]!;
const egress = new PmdEgress({ device, queue: 0, ...lists, freeBulk });
const path: PolledPath = {
  kind: "polled",
  memory: pool.bytes,
  inPlace: framesOfMbufs(list, pool),
  ingress: refreshing(plain, lists.received),
  egress,
  counters: () => ({ received: plain.received, sent: egress.sent, unsent: egress.unsent }),
  [Symbol.dispose]() {},
};
const forwarder = polledForwarder(path, egressPort, { burst, workload: ipv4Forward });

/** CPU seconds of this thread; V8's helpers compile and collect elsewhere. */
function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

function measure(): number {
  const start = cpuSeconds();
  const before = egress.sent;
  let now = start;
  while (now - start < Number(cpuMilliseconds) / 1000) {
    for (let i = 0; i < burstsPerLook; i++) forwarder.step();
    now = cpuSeconds();
  }
  return (egress.sent - before) / (now - start);
}

if (loop.frames > 0) inject(device, pool, list, loop);
measure();
const rate = measure();
if (forwarder.counters().dropped[ipv4Forward.reasons.indexOf("ttl")]! > 0)
  throw new Error("frames died");
console.log(`framesPerCpuSecond ${Math.round(rate)}`);
process.exit(0); // the devices go with the process
