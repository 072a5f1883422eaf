/** `iopath gate --against-kernel`: the plan that its flags come down to. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { findGuestMachine, kernelLabel, usualKernel } from "@iopath/lab/guest";
import type { Config } from "../../matrix/config.ts";
import type { Section } from "../../matrix/section.ts";
import type { MatrixFlags } from "../flags/options.ts";
import type { GateKernelsPlan } from "../plan.ts";
import { planCountedConfig, planThresholds } from "./counted.ts";

interface KernelGateFlags extends Omit<MatrixFlags, "kernel"> {
  readonly kernel?: string;
  readonly againstKernel?: string;
  readonly within?: number;
  readonly wait: number;
  readonly out: string;
  readonly json?: boolean;
}

/** @param baseline the kernel that the other is held against */
export async function planKernels(
  baseline: string,
  { againstKernel: _against, kernel: candidate = usualKernel, ...flags }: KernelGateFlags,
): Promise<GateKernelsPlan> {
  if (kernelLabel(baseline) === kernelLabel(candidate)) {
    const message = `--against-kernel ${baseline} and --kernel ${candidate} are one kernel by name`;
    throw new IopathError(ExitStatus.usage, message, {
      remedy:
        "name another; --kernel is debian when it is left out, and a folder gets another name by a symbolic link",
    });
  }
  const { within, config: file, wait: waitMinutes, out, json = false, ...matrix } = flags;
  const named = { ...matrix, ...(file === undefined ? {} : { config: file }) };
  const wanted = await planCountedConfig({ ...named, kernel: [baseline, candidate] });
  const config = onMachinesThatBoot(wanted);
  const thresholds = await planThresholds({ ...named, ...(within ? { within } : {}) });
  const kernels = { baseline, candidate };
  return { does: "gate kernels", kernels, config, thresholds, waitMinutes, out, json };
}

/**
 * Machines that can't boot both are left out: what only one kernel can have is nothing to compare.
 *
 * @throws IopathError, exit status 3, when no section is left
 */
function onMachinesThatBoot(config: Config): Config {
  const refusing = new Set(config.flatMap((section) => refusingMachine(section) ?? []));
  const left = config.filter((section) => !refusing.has(machineOf(section)!));
  if (left.length > 0) return left;
  const message = `machine ${[...refusing].join(", ")} boots Debian 12's kernel alone`;
  const consequence = "--against-kernel has no other to compare it with";
  throw new IopathError(ExitStatus.usage, `${message}: ${consequence}`, {
    remedy: "name another with --machine, such as igb",
  });
}

function machineOf({ place }: Section): string | undefined {
  return place.kind === "guest" ? place.machine : undefined;
}

function refusingMachine({ place }: Section): string | undefined {
  if (place.kind !== "guest") return undefined;
  const { kernels } = findGuestMachine(place.machine);
  return !kernels || kernels.test(place.kernel ?? usualKernel) ? undefined : place.machine;
}
