/** Which CPU does what in an open loop, and how the kernel's half of receiving gets there. */
import { readFileSync } from "node:fs";
import { ExitStatus, IopathError, type Variant } from "@iopath/contract";
import { changeSetting, type Testbed } from "@iopath/lab";
import { formatCpus, inNamespace, namesIfThere, pinThreadToCpu, readIfThere } from "@iopath/native";
import { type CpuFacts, choosePair, readCpus } from "./topology.ts";

export interface Placement {
  readonly testerCpu: number;
  readonly forwarderCpu: number;
  /**
   * Where the kernel takes frames from the wire. With a forwarder that the kernel is itself
   * (`attached`) that is all of the forwarding, so that it has a thread of its own on the
   * forwarder's CPU. Where user space polls, such a thread would take the CPU from it, for
   * milliseconds at a time: the kernel's half runs where the frames come from, on the tester's CPU.
   * Of a path with ports of its own the kernel has no half, and the tester's process is the sink.
   */
  readonly ingress: "tester" | "forwarder" | "none";
  /** What the two CPUs have in common or not, and whether it was asked for; in words. */
  readonly remarks: readonly string[];
}

/** The tester's CPU and the forwarder's. */
type CpuPair = readonly [tester: number, forwarder: number];

/**
 * @param wanted by the user, in place of those that the topology says
 * @returns undefined where there is one CPU: a tester beside its forwarder would measure the
 *   scheduler
 * @throws IopathError, exit status 8, for wanted CPUs that are not to be had
 */
export function placeOn(
  cpus: readonly CpuFacts[],
  { kind, ownTesters = false }: Pick<Variant, "kind" | "ownTesters">,
  wanted?: CpuPair,
): Placement | undefined {
  const pair = wanted ? requirePair(cpus, wanted) : choosePair(cpus);
  if (!pair) return undefined;
  const [tester, forwarder] = pair;
  return {
    ...{ testerCpu: tester.cpu, forwarderCpu: forwarder.cpu },
    ingress: ownTesters ? "none" : kind === "attached" ? "forwarder" : "tester",
    remarks: [...remarksOn(tester, forwarder), ...(wanted ? ["as asked for"] : [])],
  };
}

function requirePair(cpus: readonly CpuFacts[], wanted: CpuPair) {
  const [tester, forwarder] = wanted.map((cpu) => cpus.find((one) => one.cpu === cpu));
  if (tester && forwarder) return [tester, forwarder] as const;
  const missing = wanted.find((cpu) => cpus.every((one) => one.cpu !== cpu));
  const may = formatCpus(cpus.map(({ cpu }) => cpu));
  throw new IopathError(ExitStatus.input, `this process may not run on CPU ${missing}`, {
    remedy: `name two of CPUs ${may}; a CPU set or taskset(1) narrows them, and some may be offline`,
  });
}

function remarksOn(tester: CpuFacts, forwarder: CpuFacts): string[] {
  const shares = forwarder.core.includes(tester.cpu);
  const alone = [tester, forwarder].filter(({ isolated }) => isolated).map(({ cpu }) => cpu);
  return [
    ...(shares ? ["threads of one core"] : []),
    ...(tester.node === forwarder.node ? [] : [`nodes ${tester.node} and ${forwarder.node}`]),
    ...(alone.length > 0 ? [`isolated ${formatCpus(alone)}`] : []),
  ];
}

export const lackOfCpus = {
  missing: "an open loop needs two CPUs: one for the tester, one for the forwarder",
  remedy: "give this process two CPUs, or measure in the closed loop, `iopath run`",
};

export function placementHere(variant: Variant, wanted?: CpuPair): Placement | undefined {
  return placeOn(readCpus(), variant, wanted);
}

/**
 * For a row and the table.
 *
 * @param priority who has the CPUs before all else, in words; empty for nobody
 * @param onCards whether frames come over cables
 */
export function describePlacement(
  { testerCpu, forwarderCpu, ingress, remarks }: Placement,
  priority = "",
  onCards = false,
): string {
  const receive = ingress === "tester" ? testerCpu : forwarderCpu;
  // A card interrupts whom its affinity names; threaded NAPI brings it to the forwarder's CPU.
  const byInterrupts = onCards && ingress === "tester";
  const inKernel = [
    `generator CPU ${testerCpu}`,
    byInterrupts ? "kernel's receive where the ports interrupt" : `kernel's receive CPU ${receive}`,
    `forwarder and sink CPU ${forwarderCpu}`,
  ];
  const onOwnPorts = [`generator and sink CPU ${testerCpu}`, `forwarder CPU ${forwarderCpu}`];
  const doing = ingress === "none" ? onOwnPorts : inKernel;
  return [...doing, ...remarks, ...(priority ? [priority] : [])].join(", ");
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
