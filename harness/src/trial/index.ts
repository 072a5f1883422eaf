export { buildWindow } from "./closed-loop.ts";
export { verificationProblem, verify } from "./verify.ts";
export { openMeasuringTester, openVerifyingTester } from "./wire-testers.ts";
