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
  /** Whether the tester's CPU is one of another machine. */
  readonly isApart?: boolean;
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

/**
 * The tester's CPU of its machine, and the forwarder's of this one; the machine's other CPU each
 * has ssh, or the command.
 *
 * @throws IopathError, exit status 2, where a machine has one CPU; 8 as `placeOn` does
 */
export function placeApart(
  here: readonly CpuFacts[],
  there: readonly CpuFacts[],
  { kind }: Pick<Variant, "kind">,
  wanted?: CpuPair,
): Placement {
  const tester = wanted ? requireCpu(there, wanted[0]) : choosePair(there)?.[0];
  const forwarder = wanted ? requireCpu(here, wanted[1]) : choosePair(here)?.[1];
  if (!tester || !forwarder || here.length < 2 || there.length < 2) throw tooFewError(!tester);
  return {
    ...{ testerCpu: tester.cpu, forwarderCpu: forwarder.cpu, isApart: true },
    ingress: kind === "attached" ? "forwarder" : "tester",
    remarks: wanted ? ["as asked for"] : [],
  };
}

function tooFewError(there: boolean): IopathError {
  const where = there ? "the tester's machine" : "this machine";
  const message = `an open loop over two machines needs two CPUs on each, and ${where} has one`;
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy: "give it two: what speaks with the other machine needs one besides",
  });
}

function requirePair(cpus: readonly CpuFacts[], [tester, forwarder]: CpuPair) {
  return [requireCpu(cpus, tester), requireCpu(cpus, forwarder)] as const;
}

function requireCpu(cpus: readonly CpuFacts[], wanted: number): CpuFacts {
  const found = cpus.find(({ cpu }) => cpu === wanted);
  if (found) return found;
  const may = formatCpus(cpus.map(({ cpu }) => cpu));
  throw new IopathError(ExitStatus.input, `this process may not run on CPU ${wanted}`, {
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
  { testerCpu, forwarderCpu, ingress, isApart = false, remarks }: Placement,
  priority = "",
  onCards = false,
): string {
  const receive = ingress === "tester" ? testerCpu : forwarderCpu;
  // A card interrupts whom its affinity names; threaded NAPI brings it to the forwarder's CPU.
  const byInterrupts = (onCards || isApart) && ingress === "tester";
  const receiving = byInterrupts ? "where the ports interrupt" : `CPU ${receive}`;
  const inKernel = [
    `generator CPU ${testerCpu}${isApart ? " of the tester's machine" : ""}`,
    `kernel's receive ${receiving}`,
    isApart ? `forwarder CPU ${forwarderCpu}` : `forwarder and sink CPU ${forwarderCpu}`,
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

/**
 * Milliseconds in softirqs that are not in the forwarder's CPU time: those of the tester's CPU,
 * where they take frames in. With the tester on another machine, whatever CPU here a port
 * interrupts; those of the forwarder's are in its time. Frames on a path's own ports cause none.
 */
export function softirqMsOf({ testerCpu, forwarderCpu, ingress, isApart }: Placement): number {
  if (ingress === "none") return 0;
  const all = [...readSoftirqMs()];
  const counted = all.filter(([cpu]) => (isApart ? cpu !== forwarderCpu : cpu === testerCpu));
  return counted.reduce((sum, [, ms]) => sum + ms, 0);
}

/** By CPU, as the kernel samples them: proc_stat(5). */
function readSoftirqMs(): Map<number, number> {
  const ticksPerSecond = 100; // USER_HZ, the same on all architectures that Node runs on
  const lines = readFileSync("/proc/stat", "utf8").matchAll(/^cpu(\d+) (.*)$/gm);
  const softirqField = 6;
  return new Map(
    [...lines].map(([, cpu, fields]) => {
      const ticks = Number(fields!.split(" ")[softirqField] ?? 0);
      return [Number(cpu), (ticks * 1000) / ticksPerSecond];
    }),
  );
}
