/** What the CPUs that this process may use share with each other: sysfs-devices-system-cpu. */
import { allowedCpus, namesIfThere, parseCpus, readIfThere } from "@iopath/native";

export interface CpuFacts {
  readonly cpu: number;
  /** All CPUs of its core, itself among them. */
  readonly core: readonly number[];
  readonly node: number;
  /** Whether the scheduler leaves it alone (isolcpus). */
  readonly isolated: boolean;
}

const folder = "/sys/devices/system/cpu";

/** In ascending order; a machine that does not say what a CPU shares has cores of one CPU. */
export function readCpus(): CpuFacts[] {
  const isolated = parseCpus(readIfThere(`${folder}/isolated`) ?? "");
  return allowedCpus().map((cpu) => {
    const core = parseCpus(readIfThere(`${folder}/cpu${cpu}/topology/thread_siblings_list`) ?? "");
    return {
      cpu,
      core: core.length > 0 ? core : [cpu],
      node: nodeOf(cpu),
      isolated: isolated.includes(cpu),
    };
  });
}

/** Of several the first; 0 where the machine has no nodes. */
function nodeOf(cpu: number): number {
  const [name] = namesIfThere(`${folder}/cpu${cpu}`).filter((one) => /^node\d+$/.test(one));
  return Number(name?.slice("node".length) ?? 0);
}

/**
 * The tester's CPU and the forwarder's: two cores of one node, isolated ones before others; of
 * equal ones the first is the tester's and the last the forwarder's, since interrupts tend to go to
 * the first. On a machine with one core they share it.
 *
 * @returns undefined where there are not two
 */
export function choosePair(
  cpus: readonly CpuFacts[],
): readonly [tester: CpuFacts, forwarder: CpuFacts] | undefined {
  const forwarder = best(cpus.toReversed(), ({ isolated }) => Number(isolated));
  if (!forwarder) return undefined;
  const others = cpus.filter(({ cpu }) => cpu !== forwarder.cpu);
  const tester = best(
    others,
    ({ cpu, node, isolated }) =>
      4 * Number(!forwarder.core.includes(cpu)) +
      2 * Number(node === forwarder.node) +
      Number(isolated),
  );
  return tester && [tester, forwarder];
}

/** The first of those with the highest score. */
function best<T>(all: readonly T[], score: (one: T) => number): T | undefined {
  const most = Math.max(...all.map(score));
  return all.find((one) => score(one) === most);
}
