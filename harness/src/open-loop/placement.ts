/** Which CPU does what in an open loop, and how the kernel's half of receiving gets there. */
import { readFileSync } from "node:fs";
import type { Variant } from "@iopath/contract";
import { changeSetting, type Testbed } from "@iopath/lab";
import {
  allowedCpus,
  inNamespace,
  namesIfThere,
  pinThreadToCpu,
  readIfThere,
} from "@iopath/native";

export interface Placement {
  readonly testerCpu: number;
  readonly forwarderCpu: number;
  /**
   * Where the kernel takes frames from the wire. With a forwarder that the kernel is itself
   * (`attached`) that is all of the forwarding, so that it has a thread of its own on the
   * forwarder's CPU. Where user space polls, such a thread would take the CPU from it, for
   * milliseconds at a time: the kernel's half runs where the frames come from, on the tester's CPU.
   */
  readonly ingress: "tester" | "forwarder";
}

/** Undefined where there is one CPU: a tester beside its forwarder would measure the scheduler. */
export function placeOn(cpus: readonly number[], { kind }: Variant): Placement | undefined {
  const [testerCpu] = cpus;
  const forwarderCpu = cpus.at(-1);
  if (testerCpu === undefined || forwarderCpu === undefined || cpus.length < 2) return undefined;
  return { testerCpu, forwarderCpu, ingress: kind === "attached" ? "forwarder" : "tester" };
}

export const lackOfCpus = {
  missing: "an open loop needs two CPUs: one for the tester, one for the forwarder",
  remedy: "give this process two CPUs, or measure in the closed loop, `iopath run`",
};

export function placementHere(variant: Variant): Placement | undefined {
  return placeOn(allowedCpus(), variant);
}

/**
 * For a row and the table.
 *
 * @param priority who has the CPUs before all else, in words; empty for nobody
 * @param onCards whether frames come over cables
 */
export function describePlacement(
  { testerCpu, forwarderCpu, ingress }: Placement,
  priority = "",
  onCards = false,
): string {
  const receive = ingress === "tester" ? testerCpu : forwarderCpu;
  // A card interrupts whom its affinity names; threaded NAPI brings it to the forwarder's CPU.
  const byInterrupts = onCards && ingress === "tester";
  return [
    `generator CPU ${testerCpu}`,
    byInterrupts ? "kernel's receive where the ports interrupt" : `kernel's receive CPU ${receive}`,
    `forwarder and sink CPU ${forwarderCpu}`,
    ...(priority ? [priority] : []),
  ].join(", ");
}

/** Threads of the kernel's that receive on a device. */
export interface ReceivingThreads extends Disposable {
  readonly threads: readonly number[];
}

/**
 * Gives the kernel's receiving on the ingress threads of its own, on the forwarder's CPU
 * (Documentation/networking/napi.rst, Threaded NAPI). To be asked for when the forwarder is open:
 * what it attaches may recreate the queues.
 */
export function openReceivingThreads(testbed: Testbed, { forwarderCpu }: Placement) {
  using opening = new DisposableStack();
  const [{ device }] = testbed.ports;
  const before = new Set(receivingThreads(device));
  opening.use(inNamespace(testbed.forwarderNamespace, () => inPlace(testbed, device)));
  const threads = receivingThreads(device).filter((thread) => !before.has(thread));
  for (const thread of threads) pinThreadToCpu(thread, forwarderCpu);
  const resources = opening.move();
  return { threads, [Symbol.dispose]: () => resources.dispose() } satisfies ReceivingThreads;
}

/** The setting is undone in the namespace that it was made in. */
function inPlace({ forwarderNamespace }: Testbed, device: string): Disposable {
  const changed = changeSetting(device, "threaded", 1);
  return {
    [Symbol.dispose]: () => inNamespace(forwarderNamespace, () => changed[Symbol.dispose]()),
  };
}

/** Of all devices of this name; those that were there before belong to other labs. */
function receivingThreads(device: string): number[] {
  return namesIfThere("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readIfThere(`/proc/${pid}/comm`)?.startsWith(`napi/${device}-`))
    .map(Number);
}

/** Milliseconds that a CPU spent in softirqs, which the kernel samples: proc_stat(5). */
export function softirqMs(cpu: number): number {
  const stat = readFileSync("/proc/stat", "utf8");
  const fields = new RegExp(`^cpu${cpu} (.*)$`, "m").exec(stat)?.[1]?.split(" ") ?? [];
  const ticksPerSecond = 100; // USER_HZ, the same on all architectures that Node runs on
  return (Number(fields[6] ?? 0) * 1000) / ticksPerSecond;
}
