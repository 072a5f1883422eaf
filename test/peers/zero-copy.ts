/**
 * `npm run bench:zerocopy`: does io_uring's zero-copy send (IORING_OP_SEND_ZC, Linux 6.0) win over
 * a plain one? UDP datagrams of several sizes over veth, batches of each kind in alternation.
 * Packet sockets do not have it (packages/kernel-sockets/test/zero-copy.machine.test.ts).
 *
 *     npm run bench:zerocopy -- [BATCHES]
 */
import { IoUring } from "@iopath/kernel-sockets";
import { describeHolders, ip, lockMachine, VethLab } from "@iopath/lab";
import { allowedCpus, inNamespace, type Memory, mapAnonymous, pinToCpu } from "@iopath/native";
import Table from "cli-table3";
import { medianSorted } from "simple-statistics";
import {
  type Kind,
  kinds,
  openSender,
  registerMemory,
  segmentBytes,
  takeCompletions,
  writeSend,
} from "./zero-copy-sends.ts";

/**
 * Payload: the least, RFC 2544's 512, a full frame, and what the kernel cuts into 5 and into 44.
 */
const datagramBytes = [22, 470, 1472, 5 * 1472, 44 * 1472];
const batches = Number(process.argv[2] ?? 2000);
const sendsOfBatch = 16;
/** Completions that never came would end a batch after so many calls. */
const entersMax = 10_000;

/**
 * Sends a batch; returns nanoseconds a send until its memory may be used again, and how many were
 * copied.
 */
function sendBatch(ring: IoUring, memory: Memory, kind: Kind, bytes: number) {
  const start = performance.now();
  for (let i = 0; i < sendsOfBatch; i++) writeSend(ring, memory, kind, bytes);
  ring.enter(sendsOfBatch);
  let done = 0;
  let copied = 0;
  for (let enters = 0; done < sendsOfBatch; enters++) {
    if (enters > entersMax) throw new Error(`${kind.name}: ${sendsOfBatch - done} never ended`);
    if (enters > 0) ring.enter(0);
    const taken = takeCompletions(ring, kind);
    done += taken.done;
    copied += taken.copied;
  }
  return { ns: ((performance.now() - start) * 1e6) / sendsOfBatch, copied };
}

function measure(ring: IoUring, memory: Memory, bytes: number) {
  const ns = kinds.map(() => new Float64Array(batches));
  const copied = kinds.map(() => 0);
  for (let i = -Math.ceil(batches / 4); i < batches; i++) {
    for (const [k, kind] of kinds.entries()) {
      const batch = sendBatch(ring, memory, kind, bytes);
      if (i < 0) continue;
      ns[k]![i] = batch.ns;
      copied[k]! += batch.copied;
    }
  }
  const medians = ns.map((samples) => medianSorted([...samples].sort((a, b) => a - b)));
  return { medians, copied: copied.map((count) => count / (batches * sendsOfBatch)) };
}

/** An unused address: the far end drops frames for it, and does not answer. */
const sinkAddress = "10.0.2.77";

using _lock = await lockMachine({
  waitMs: 600_000,
  onWait: (holders) => console.error(`waiting for ${describeHolders(holders)}`),
});
pinToCpu(allowedCpus().at(-1)!);
using lab = new VethLab();
const { forwarderNamespace, ports, wires } = lab.testbed;
const [, egress] = ports;
const hop = [sinkAddress, "lladdr", wires[1].mac, "dev", egress.device, "nud", "permanent"];
ip("-n", forwarderNamespace!, "neighbour", "add", ...hop);
const table = new Table({
  head: ["datagram B", ...kinds.map(({ name }) => `${name} ns`), "copied after all"],
  style: { head: [], border: [] },
});
for (const bytes of datagramBytes) {
  using socket = inNamespace(forwarderNamespace, () => openSender(sinkAddress, bytes));
  using memory = mapAnonymous(1 << 17);
  using ring = new IoUring(sendsOfBatch, 4 * sendsOfBatch);
  ring.registerSockets([socket]);
  registerMemory(ring, memory);
  const { medians, copied } = measure(ring, memory, bytes);
  const shares = copied.slice(1).map((share) => `${(share * 100).toFixed(0)} %`);
  table.push([bytes, ...medians.map((ns) => ns.toFixed(0)), shares.join(", ")]);
}
console.log(table.toString());
console.log(`Above ${segmentBytes} B the kernel cuts into datagrams of that size (UDP_SEGMENT).`);
