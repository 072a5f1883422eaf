export { verificationProblem, verify } from "./verify.ts";
export { buildWindows } from "./window-sender.ts";
export { openMeasuringTester, openVerifyingTester } from "./wire-testers.ts";
