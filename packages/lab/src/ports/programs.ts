/** Programs and queues of others that see, change or hold up the frames of an interface. */
import { DeviceFeatures, hasCode, interfaceIndex, tcxPrograms } from "@iopath/native";
import { MissingProgram, run, unlessSaid } from "../command.ts";

/** Of `tc -json filter show`; the first of a classifier has no handle. */
interface Filter {
  readonly kind?: string;
}

/** Of `tc -json qdisc show`. */
interface QueueingDiscipline {
  readonly kind: string;
  readonly root?: boolean;
}

/** Filters and tcx programs on a device of the calling thread's namespace, in words. */
export function trafficControlOn(device: string): string[] {
  const index = interfaceIndex(device);
  return (["ingress", "egress"] as const).flatMap((hook) => [
    ...new Set(filtersAt(device, hook).map((kind) => `a tc filter (${kind}) at ${hook}`)),
    ...tcxPrograms(index, hook).map((id) => `tcx program ${id} at ${hook}`),
  ]);
}

function filtersAt(device: string, hook: string): string[] {
  const filters = ask<Filter>("filter", "show", "dev", device, hook);
  return filters.flatMap(({ kind }) => kind ?? []);
}

/** What the kernel gives interfaces by itself; each queue of `mq` has one of these. */
const usualDisciplines = ["noqueue", "mq", "pfifo_fast", "fq_codel", "fq", "pfifo", "noop"];

/** The queueing discipline that somebody gave a device; undefined for the kernel's own. */
export function unusualDiscipline(device: string): string | undefined {
  const root = ask<QueueingDiscipline>("qdisc", "show", "dev", device).find((found) => found.root);
  return root && !usualDisciplines.includes(root.kind) ? root.kind : undefined;
}

/**
 * None where there is no tc(8), or a kernel without traffic control: then nothing of this was set
 * up either.
 */
function ask<T>(...args: string[]): T[] {
  try {
    const text = unlessSaid(/Operation not supported/, () => run("tc", ["-json", ...args]));
    return JSON.parse(text || "[]") as T[];
  } catch (error) {
    if (error instanceof MissingProgram) return [];
    throw error;
  }
}

/** Offloads by which a card hands over other frames than came in. */
const mergingOffloads = ["rx-lro", "rx-gro-hw"];

export function mergingOffloadsOn(device: string): string[] {
  try {
    using features = new DeviceFeatures(device);
    return mergingOffloads.filter((name) => features.knows(name) && features.isOn(name));
  } catch (error) {
    // A device without ethtool's commands has no offloads.
    if (hasCode(error, "EOPNOTSUPP")) return [];
    throw error;
  }
}
