/**
 * The forwarder of `pvrdma/rc-send` in C (forwarder.c), on queue pairs of its own: compiled, and
 * opened.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Forwarder, hopBytes, hopOf, type OwnTesters, type PortSpec } from "@iopath/contract";
import { Arena, QueuePair, queueTesters, VerbsDevice, verbsTestbed } from "@iopath/pvrdma";
import koffi from "koffi";
import { constantsOf, type Form, readCounters } from "../c-library.ts";

const folder = import.meta.dirname;
/** Of forwarder.c. */
const buffers = 2 * 512 + 1024;
const testerBuffers = 2 * 512;

/**
 * Returns the library's file. Not for this machine's processor: a guest runs it, on an emulated
 * one.
 */
export function compileForwarder(form: Form): string {
  const build = join(folder, "..", "build");
  mkdirSync(build, { recursive: true });
  const library = join(build, `verbs-forwarder-${form}.so`);
  const flags = ["-O3", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
  const constants = constantsOf(form, hopBytes(hopOf(verbsTestbed(["", ""], "emulated").ports[1])));
  execFileSync("gcc", [...flags, ...constants, "-o", library, join(folder, "forwarder.c")]);
  return library;
}

interface PeerForwarder extends Pick<Forwarder, "step" | "counters"> {
  readonly testers: OwnTesters;
}

/** One at a time: the library has one forwarder's state. */
export function openForwarderInC(
  library: string,
  [port0, port1]: readonly [PortSpec, PortSpec],
  burst: number,
  resources: DisposableStack,
): PeerForwarder {
  const device = resources.use(new VerbsDevice(port0.device));
  const [into, ingress] = openWire(device, resources);
  const [egress, outOf] = openWire(device, resources);
  const arena = resources.use(new Arena(buffers));
  const testerArena = resources.use(new Arena(testerBuffers));
  const { lkey } = arena.registrationWith(device);
  const c = koffi.load(library);
  const word = "uintptr_t";
  const types = [word, word, word, "uint32_t", "uint32_t", "uint", "uint8_t *"];
  const rewrite = hopBytes(hopOf(port1));
  const queues = [ingress.address, egress.address, arena.memory.address];
  const opened = c.func("peer_open", "int", types)(...queues, lkey, lkey, burst, rewrite);
  if (opened !== 0) throw new Error("the C forwarder's receives were refused");
  const countersAt = c.func("peer_counters", word, [])() as number;
  return {
    step: c.func("peer_step", "int", []) as unknown as () => number,
    counters: () => readCounters(countersAt),
    testers: queueTesters({
      into,
      ingress: { peer: ingress.peer },
      outOf,
      arena: testerArena,
      operation: "send",
    }),
  };
}

function openWire(device: VerbsDevice, resources: DisposableStack): [QueuePair, QueuePair] {
  const [near, far] = [0, 1].map(() => resources.use(new QueuePair(device, "rc"))) as [
    QueuePair,
    QueuePair,
  ];
  for (const pair of [near, far]) pair.initialize();
  near.connect(far.peer);
  far.connect(near.peer);
  return [near, far];
}
