/**
 * What is there before a forwarder and a tester are opened: ports and wires, and a variant that
 * does on them what its workload says.
 */
import { ExitStatus, IopathError, type Path, type Variant } from "@iopath/contract";
import {
  findTestbed,
  type Interfaces,
  leftovers,
  type Testbed,
  undoOrphans,
  VethLab,
} from "@iopath/lab";
import { pathNameOf } from "../paths/all.ts";
import { problemOf } from "../trial/problem.ts";
import { runTrial } from "../trial/spawn-trial.ts";
import { workloadNameOf } from "../workloads/known.ts";
import type { Placement } from "./placement.ts";

/** Ports and wires, and what was on them before: that was left by others. */
export interface Ground extends Disposable {
  readonly testbed: Testbed;
  readonly before: readonly string[];
}

export function openGround(interfaces: Interfaces | undefined): Ground {
  if (interfaces === undefined) {
    const lab = new VethLab();
    return { testbed: lab.testbed, before: [], [Symbol.dispose]: () => lab[Symbol.dispose]() };
  }
  undoOrphans(); // a lab does so itself
  const testbed = findTestbed(interfaces);
  return { testbed, before: leftovers(testbed), [Symbol.dispose]: () => {} };
}

/** Of random frames before the first trial, as many as a quick look at a variant needs. */
const verifiedFrames = 10_000;
const verifyLimitMs = 120_000;
const verifiedSeed = 1;

interface Verification {
  readonly path: Path;
  readonly variant: Variant;
  readonly workload: string;
  readonly burst: number;
  readonly placement: Pick<Placement, "forwarderCpu">;
  readonly signal: AbortSignal;
}

/** Whether the variant can run here, and does with random frames what the workload says. */
export async function verify(of: Verification, testbed: Testbed): Promise<void> {
  const { path, variant, workload, burst, placement, signal } = of;
  const result = await runTrial(
    {
      ...{ role: "verify", testbed, burst, frames: verifiedFrames, seed: verifiedSeed },
      ...{ ...pathNameOf(path.name), variant: variant.name, ...workloadNameOf(workload) },
      ...{ cpu: placement.forwarderCpu, probes: true },
    },
    verifyLimitMs,
    signal,
  );
  const name = `${path.name}/${variant.name}`;
  if (result.status === "skipped") {
    throw new IopathError(ExitStatus.cannotRun, `${name}: ${result.missing}`, result);
  }
  const problem = problemOf(result);
  if (problem === undefined) return;
  throw new IopathError(ExitStatus.cellFailed, `${name}: ${problem}`);
}
