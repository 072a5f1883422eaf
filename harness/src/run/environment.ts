/** What a figure depends on: machine, kernel, runtime, revision. Nothing private: no host name. */
import { execFileSync, type StdioOptions } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { resolve } from "node:path";
import { hasFastCalls } from "@iopath/native";
import { z } from "zod";

export const environmentSchema = z.object({
  kernel: z.string(),
  architecture: z.string(),
  distribution: z.string(),
  cpuModel: z.string(),
  cpus: z.number().int(),
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
  revision: z.string(),
  /** Whether tracked files differed from the revision. */
  revisionDirty: z.boolean(),
  loadAverageAtStart: z.number(),
});

export type Environment = z.infer<typeof environmentSchema>;

const root = resolve(import.meta.dirname, "../../..");
const unknown = "unknown";

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
    memoryBytes: os.totalmem(),
    hypervisor: / hypervisor( |$)/m.test(read("/proc/cpuinfo")),
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
    revision: git("rev-parse", "HEAD") ?? unknown,
    revisionDirty: (git("status", "--porcelain", "--untracked-files=no") ?? "") !== "",
    loadAverageAtStart: os.loadavg()[0]!,
  };
}

function readMitigations(): Record<string, string> {
  const folder = "/sys/devices/system/cpu/vulnerabilities";
  const names = ["spectre_v2", "meltdown", "retbleed", "srso"];
  return Object.fromEntries(names.map((name) => [name, read(`${folder}/${name}`)]));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return unknown;
  }
}

function git(...args: string[]): string | undefined {
  try {
    const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio, timeout: 5000 }).trim();
  } catch {
    return undefined; // not a checkout, or no git: an installed copy runs as well
  }
}
