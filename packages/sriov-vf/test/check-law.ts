/** A law of the contract, checked on functions of a card, with packet sockets at the far ends. */

import {
  Batch,
  batchLaws,
  type Law,
  laws,
  openForwarder,
  type PortSpec,
  type Subject,
} from "@iopath/contract";
import { type MessagePath, openPacketPath } from "@iopath/kernel-sockets";
import { type Testbed, turnFeatureOff } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { sriovVf } from "../src/index.ts";

export const burst = 64;
/** Frames of one window arrive within this, or not at all. */
const settleMs = 20;

/** Enough to see what each frame leaves behind; a window takes some ten milliseconds here. */
const steadyFrames = 3200;

/** Packet sockets at the far ends: in from the egress's wire, out into the ingress's. */
function openTester({ wires, testerNamespace }: Testbed, opening: DisposableStack): MessagePath {
  const [into, from] = wires.map((wire): PortSpec => ({ ...wire, queue: 0, neighbor: wire }));
  return inNamespace(testerNamespace, () => {
    // The kernel would merge segments of TCP before the packet socket sees them.
    opening.use(turnFeatureOff(from!.device, "rx-gro"));
    return opening.use(openPacketPath([from!, into!], burst));
  });
}

/**
 * The laws that are checked on functions. Those of batches are not yet: frames get lost in the
 * guest's cards for want of patience, and that is not told from a law that is broken.
 */
export const lawsOfFunctions = laws.filter((law) => !batchLaws.includes(law));

function send(tester: MessagePath, frames: readonly Uint8Array[]): void {
  const batch = new Batch(frames.length);
  for (const [i, frame] of frames.entries()) {
    batch.offset[i] = tester.bufferOffset(i);
    batch.length[i] = frame.length;
    tester.memory.set(frame, batch.offset[i]!);
  }
  batch.count = frames.length;
  if (tester.egress.transmit(batch) !== frames.length) throw new Error("the tester could not send");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settleMs);
}

function collect(tester: MessagePath): Uint8Array[] {
  const batch = new Batch(burst);
  const frames: Uint8Array[] = [];
  while (tester.ingress.receive(batch) > 0) {
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i]!;
      frames.push(tester.memory.slice(at, at + batch.length[i]!));
    }
  }
  return frames;
}

/** What is wrong with a law, or null. */
export async function checkLaw(law: Law, variant: string, testbed: Testbed, seed: number) {
  const { ports, limits } = testbed;
  const { deviations } = sriovVf.variants.find(({ name }) => name === variant)!;
  using forwarder = openForwarder(sriovVf, variant, ports, { burst, workload: ipv4Forward });
  using opening = new DisposableStack();
  const tester = openTester(testbed, opening);
  const subject: Subject = {
    forwarder,
    ingress: ports[0],
    egress: ports[1],
    ...(limits ? { limits } : {}),
    ...(deviations ? { deviations } : {}),
    steadyFrames,
    send: (frames) => send(tester, frames),
    collect: () => collect(tester),
  };
  return (await law.check(subject, seed)) ?? null;
}
