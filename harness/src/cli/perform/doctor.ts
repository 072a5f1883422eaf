/** `iopath doctor`: what can run on this machine, and what to do about the rest. */

import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import { requireTrouble } from "@iopath/contract";
import { type Lab, type Testbed, VethLab, vethLabName } from "@iopath/lab";
import { findGuestMachine, findGuestPackages } from "@iopath/lab/guest";
import { allowedCpus, formatCpus, onlineCpus, readCpuQuota, readForWords } from "@iopath/native";
import { findLab, pathNameOf, paths } from "../../paths/all.ts";
import { labOf } from "../../paths/labs.ts";
import { screenOf } from "../../present/terminal/screen.ts";
import { runTrial } from "../../trial/spawn-trial.ts";
import { diagnoseCards } from "./doctor-cards.ts";
import type { Finding } from "./finding.ts";

export async function performDoctor(signal: AbortSignal): Promise<number> {
  const findings = await diagnose(signal);
  process.stdout.write(`${formatFindings(findings, screenOf(process.stdout).color)}\n`);
  return 0;
}

const probeLimitMs = 30_000;

/** Tries every variant for real, in a lab of its own, and looks at the machine's settings. */
async function diagnose(signal: AbortSignal): Promise<Finding[]> {
  return [...(await diagnosePaths(signal)), ...diagnoseGuests(), ...diagnoseCards(), ...settings()];
}

async function diagnosePaths(signal: AbortSignal): Promise<Finding[]> {
  let lab: VethLab;
  try {
    lab = new VethLab();
  } catch (error) {
    const trouble = requireTrouble(error);
    const remedy = trouble.remedy ?? "run as root on a kernel with network namespaces and veth";
    const detail = `no lab to try it in: ${trouble.message}`;
    return variantNames().map(([path, variant]) => ({
      name: `${path}/${variant}`,
      ok: false,
      detail,
      remedy,
    }));
  }
  using open = lab;
  const findings: Finding[] = [];
  for (const [path, variant] of variantNames()) {
    findings.push(await diagnoseVariant(open.testbed, path, variant, signal));
  }
  return findings;
}

/** Variants that a veth lab can try. */
function variantNames(): [string, string][] {
  return paths
    .flatMap(({ name, variants }) =>
      variants.map((variant): [string, string] => [name, variant.name]),
    )
    .filter(([path, variant]) => labOf(path, variant) === vethLabName);
}

async function diagnoseVariant(
  testbed: Testbed,
  path: string,
  variant: string,
  signal: AbortSignal,
): Promise<Finding> {
  const name = `${path}/${variant}`;
  const result = await runTrial(
    { testbed, ...pathNameOf(path), variant, burst: 1, role: "probe" },
    probeLimitMs,
    signal,
  );
  if (result.status === "supported")
    return { name, ok: true, detail: "tried on a veth pair: works" };
  if (result.status === "skipped") {
    return { name, ok: false, detail: result.missing, remedy: result.remedy };
  }
  const detail = result.status === "failed" ? result.reason : result.status;
  return { name, ok: false, detail, remedy: "this is a fault; please report it" };
}

/** Paths with labs of their own, whose devices are this host's or those of a guest. */
function diagnoseGuests(): Finding[] {
  return paths.flatMap(({ name, variants }) => {
    const names = new Set(variants.map((variant) => labOf(name, variant.name)));
    const labs = [...names].flatMap((lab) => findLab(lab)?.lab ?? []);
    return labs.slice(0, 1).map((lab) => diagnoseGuest(name, lab));
  });
}

function diagnoseGuest(path: string, lab: Lab): Finding {
  const name = `${path} (guest)`;
  const devices = lab.found();
  try {
    const { kernelVersion } = findGuestPackages(findGuestMachine(lab.machine));
    const ready = `a guest with an emulated one is ready (Linux ${kernelVersion.trim()})`;
    return { name, ok: true, detail: `${devices}; ${ready}` };
  } catch (error) {
    const { message, remedy = "npm run setup:guest" } = requireTrouble(error);
    return { name, ok: false, detail: `${devices}; ${message}`, remedy };
  }
}

/** Settings that make figures noisy or slow; none of them stops a run. */
function settings(): Finding[] {
  const cpus = readFileSync("/proc/cpuinfo", "utf8").match(/^processor/gm)?.length ?? 1;
  const load = Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
  const busy = load > cpus / 2;
  const jit = readForWords("/proc/sys/net/core/bpf_jit_enable")?.trim() ?? "unknown";
  const jitRemedy = {
    remedy: "`sysctl net.core.bpf_jit_enable=1`; eBPF is interpreted without it",
  };
  return [
    cpuFinding(readCpuQuota()),
    {
      name: "load",
      ok: !busy,
      detail: `load average ${load} on ${cpus} CPUs`,
      ...(busy ? { remedy: "wait for a quiet machine; high quantiles will be of other work" } : {}),
    },
    {
      name: "eBPF JIT",
      ok: jit !== "0",
      detail: `bpf_jit_enable ${jit}`,
      ...(jit === "0" ? jitRemedy : {}),
    },
  ];
}

/** Which CPUs a run may use, and for how much of the time. */
export function cpuFinding(quota: number | undefined): Finding {
  const online = onlineCpus();
  const detail = `a run may use CPUs ${formatCpus(allowedCpus())} of ${formatCpus(online)} online`;
  if (quota === undefined || quota >= online.length) {
    return { name: "CPUs", ok: true, detail: `${detail}, without a quota` };
  }
  return {
    name: "CPUs",
    ok: false,
    detail: `${detail}, and a control group leaves it ${quota} CPUs of time`,
    remedy: "measure without a CPU quota: a run that has used it up waits, which p90 and p99 show",
  };
}

function formatFindings(findings: readonly Finding[], color: boolean): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ name, ok, detail, remedy }) => {
      const mark = ok ? "ok" : "no";
      const shown = color ? styleText(ok ? "green" : "yellow", mark) : mark;
      const line = `${shown}  ${name.padEnd(width)}  ${detail}`;
      return remedy ? `${line}\n    ${" ".repeat(width)}  → ${remedy}` : line;
    })
    .join("\n");
}
