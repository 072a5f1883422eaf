/**
 * What is there before a forwarder and a tester are opened: ports and wires, and a variant that
 * does on them what its workload says.
 */
import { ExitStatus, IopathError, type Path, type Variant } from "@iopath/contract";
import {
  type FarEnds,
  findTestbed,
  type Interfaces,
  leftovers,
  type Testbed,
  undoOrphans,
  VethLab,
  withoutFarEnds,
} from "@iopath/lab";
import { pathNameOf } from "../paths/all.ts";
import { problemOf } from "../trial/problem.ts";
import { runTrial } from "../trial/spawn-trial.ts";
import { workloadNameOf } from "../workloads/known.ts";
import type { Placement } from "./placement.ts";

/** Ports and wires, and what was on them before: that was left by others. */
interface Ground extends Disposable {
  readonly testbed: Testbed;
  /** The same as the tester knows it: its ends are on another machine, and named there. */
  readonly testersTestbed: Testbed;
  readonly before: readonly string[];
}

/** @param far of a tester on another machine */
export function openGround(interfaces: Interfaces | undefined, far: FarEnds | undefined): Ground {
  if (interfaces === undefined) {
    const lab = new VethLab();
    const { testbed } = lab;
    const undo = () => lab[Symbol.dispose]();
    return { testbed, testersTestbed: testbed, before: [], [Symbol.dispose]: undo };
  }
  undoOrphans(); // a lab does so itself
  const testersTestbed = findTestbed(interfaces, far);
  const testbed = far ? withoutFarEnds(testersTestbed) : testersTestbed;
  return { testbed, testersTestbed, before: leftovers(testbed), [Symbol.dispose]: () => {} };
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

/**
 * As `verify`, on this machine's lab: a tester on another machine sends one frame over and over,
 * and random ones need one that is here.
 */
export async function verifyInLab(of: Verification): Promise<void> {
  using lab = new VethLab();
  await verify(of, lab.testbed);
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
