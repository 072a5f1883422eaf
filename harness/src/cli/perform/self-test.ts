/**
 * `iopath self-test`: makes what is missing of a gate's self-test, and prints what there is by
 * then.
 */

import { screenOf } from "../../present/terminal/screen.ts";
import type { InstructionsSelfTestPlan, WallSelfTestPlan } from "../plan.ts";

export async function performSelfTest(
  plan: InstructionsSelfTestPlan | WallSelfTestPlan,
  signal: AbortSignal,
): Promise<number> {
  const text =
    plan.does === "self-test wall"
      ? await onWall(plan, signal)
      : await onInstructions(plan, signal);
  process.stdout.write(`${text}\n`);
  return 0;
}

async function onWall(plan: WallSelfTestPlan, signal: AbortSignal): Promise<string> {
  const { selfTest } = await import("../../gate/paired/self-test-wall.ts");
  const { formatSelfTest } = await import("../../gate/paired/self-test-wall-text.ts");
  const { does: _, out: folder, ...sizes } = plan;
  const gates = await selfTest({ ...sizes, folder, signal, onProgress });
  return formatSelfTest(gates, screenOf(process.stdout).color);
}

async function onInstructions(
  plan: InstructionsSelfTestPlan,
  signal: AbortSignal,
): Promise<string> {
  const { countedSelfTest } = await import("../../gate/counted/self-test-instructions.ts");
  const { formatCountedSelfTest } = await import(
    "../../gate/counted/self-test-instructions-text.ts"
  );
  const { does: _, out: folder, thresholds, ...sizes } = plan;
  const test = await countedSelfTest({ ...sizes, folder, signal, onProgress });
  return formatCountedSelfTest(test, thresholds);
}

function onProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}
