/** What is wrong with the result of a trial, in words. */
import type { TrialResult } from "./request.ts";
import { verificationProblem } from "./verify/verify.ts";

/** Undefined when nothing is wrong; a skipped trial has no problem. */
export function problemOf(result: TrialResult): string | undefined {
  if (result.status === "failed") return result.reason;
  if (result.status !== "verified") return undefined;
  const problem = verificationProblem(result);
  return problem ? `verification failed: ${problem}` : undefined;
}
