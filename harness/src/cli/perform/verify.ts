/** `iopath verify`: every frame through a path, byte by byte against the reference. */
import { randomInt } from "node:crypto";
import { resolve } from "node:path";
import { ExitStatus } from "@iopath/contract";
import { requireLabPrivileges } from "@iopath/lab";
import { findGuestMachine, setUpGuestPackages } from "@iopath/lab/guest";
import { type Capture, readCapture } from "../../captures/capture.ts";
import { formatPcap } from "../../captures/pcap.ts";
import { requireWritable } from "../../files/files.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import { nameOfVariant } from "../../run/step-text.ts";
import { openRunner } from "../../runner/open.ts";
import { problemOf } from "../../trial/problem.ts";
import type { TrialResult } from "../../trial/request.ts";
import type { VerifyPlan } from "../plan.ts";

const limitMs = 10 * 60_000;
const burst = 64;

/** Verifies each variant; the exit status says whether all that could run did it right. */
export async function performVerify(plan: VerifyPlan, signal: AbortSignal): Promise<number> {
  const { frames, waitMinutes } = plan;
  const { place, paths } = plan.section;
  const seed = plan.seed ?? randomInt(0x7fff_ffff);
  const capture = plan.pcap === undefined ? undefined : await readCapture(plan.pcap, signal);
  if (plan.writePcap) requireWritable(plan.writePcap);
  if (place.kind === "lab") requireLabPrivileges();
  if (place.kind === "guest") {
    const tell = (line: string) => process.stderr.write(`${line}\n`);
    await setUpGuestPackages(tell, findGuestMachine(place.machine), signal, place.kernel);
  }
  using _lock = await holdMachine({ waitMinutes, share: true, signal });
  const options = { signal, trialLimitMs: limitMs };
  using runner = await openRunner(place, paths, options);
  process.stdout.write(plan.pcap ? `replaying ${plan.pcap}\n` : `seed ${seed}\n`);
  for (const note of capture?.notes ?? []) process.stdout.write(`note: ${note}\n`);
  const captured = captures(capture, plan);
  let clean = true;
  for (const subject of subjectsOf(plan)) {
    // In one process: it takes seconds to start in a guest.
    const how = { role: "verify", probes: true, frames, seed, ...captured } as const;
    const result = await runner.run({ ...subject, burst, ...how });
    process.stdout.write(`${nameOfVariant(subject)}  ${describe(result)}\n`);
    clean &&= problemOf(result) === undefined;
  }
  return clean ? ExitStatus.ok : ExitStatus.cellFailed;
}

/** Each variant with each workload. */
function subjectsOf({ section: { paths, workloads } }: VerifyPlan) {
  return Object.entries(paths).flatMap(([path, variants]) =>
    variants.flatMap((variant) => workloads.map((workload) => ({ path, variant, workload }))),
  );
}

function captures(capture: Capture | undefined, { writePcap }: VerifyPlan) {
  return {
    ...(capture ? { capture: Buffer.from(formatPcap(capture.frames, 0)).toString("base64") } : {}),
    ...(writePcap ? { writePcap: resolve(writePcap) } : {}),
  };
}

/** One verdict: "ok", "FAILED" or "skipped", and what it is from. */
function describe(result: TrialResult): string {
  if (result.status === "skipped") return `skipped: ${result.missing}; ${result.remedy}`;
  const problem = problemOf(result);
  if (result.status !== "verified") return `FAILED: ${problem ?? result.status}`;
  const { frames, judgement, dropsCounted, notes = [] } = result;
  const drops = Object.entries(dropsCounted).map(([reason, count]) => `${reason} ${count}`);
  const counts = `${frames} frames in, ${judgement.matched} out as they should be, dropped: ${drops.join(", ")}`;
  const verdict = problem === undefined ? `ok  ${counts}` : `FAILED: ${problem}; ${counts}`;
  return [verdict, ...notes].join("; ");
}
