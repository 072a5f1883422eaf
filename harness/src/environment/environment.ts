/** What a figure depends on: machine, kernel, runtime, revision. Nothing private: no host name. */
import { readFileSync } from "node:fs";
import os from "node:os";
import { resolve } from "node:path";
import { isVirtualMachine } from "@iopath/lab";
import {
  allowedCpus,
  formatCpus,
  hasFastCalls,
  onlineCpus,
  readCpuQuota,
  readForWords,
} from "@iopath/native";
import { z } from "zod";
import { readOwnRevision, unknown } from "./own-revision.ts";

export const environmentSchema = z.object({
  kernel: z.string(),
  architecture: z.string(),
  distribution: z.string(),
  cpuModel: z.string(),
  cpus: z.number().int(),
  /** CPUs that are online, and those that the run might use, as the kernel lists CPUs: "0-3,8". */
  cpusOnline: z.string().default(""),
  cpusAllowed: z.string().default(""),
  /** How much CPU time a control group leaves the run, in CPUs; null for no limit. */
  cpuQuota: z.number().positive().nullable().default(null),
  memoryBytes: z.number().int(),
  hypervisor: z.boolean(),
  clockSource: z.string(),
  cpuGovernor: z.string(),
  mitigations: z.record(z.string(), z.string()),
  bpfJit: z.string(),
  transparentHugepages: z.string(),
  node: z.string(),
  v8: z.string(),
  /** What hot loops call C through; all runs before this was recorded used koffi. */
  calls: z.enum(["trampolines", "koffi"]).default("koffi"),
  iopath: z.string(),
  /** Git's name of the revision of iopath's own files, or "unknown". */
  revision: z.string(),
  /** Whether files of iopath differed from the revision; "unknown" with an unknown revision. */
  revisionDirty: z.union([z.boolean(), z.literal(unknown)]),
  /** Why the revision is unknown, or what differed from it. */
  revisionProblem: z.string().default(""),
  loadAverageAtStart: z.number(),
});

export type Environment = z.infer<typeof environmentSchema>;

const root = resolve(import.meta.dirname, "../../..");

export function readEnvironment(): Environment {
  const cpus = os.cpus();
  const { version } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8")) as {
    version: string;
  };
  return {
    kernel: os.release(),
    architecture: os.arch(),
    distribution: /^PRETTY_NAME="?(.*?)"?$/m.exec(read("/etc/os-release"))?.[1] ?? unknown,
    cpuModel: cpus[0]?.model ?? unknown,
    cpus: cpus.length,
    cpusOnline: formatCpus(onlineCpus()),
    cpusAllowed: formatCpus(allowedCpus()),
    cpuQuota: readCpuQuota() ?? null,
    memoryBytes: os.totalmem(),
    hypervisor: isVirtualMachine(),
    clockSource: read("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    cpuGovernor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    mitigations: readMitigations(),
    bpfJit: read("/proc/sys/net/core/bpf_jit_enable"),
    transparentHugepages:
      /\[(\w+)\]/.exec(read("/sys/kernel/mm/transparent_hugepage/enabled"))?.[1] ?? unknown,
    node: process.versions.node,
    v8: process.versions.v8,
    calls: hasFastCalls ? "trampolines" : "koffi",
    iopath: version,
    ...readOwnRevision(),
    loadAverageAtStart: os.loadavg()[0]!,
  };
}

function readMitigations(): Record<string, string> {
  const folder = "/sys/devices/system/cpu/vulnerabilities";
  const names = ["spectre_v2", "meltdown", "retbleed", "srso"];
  return Object.fromEntries(names.map((name) => [name, read(`${folder}/${name}`)]));
}

function read(file: string): string {
  return readForWords(file)?.trim() ?? unknown;
}
