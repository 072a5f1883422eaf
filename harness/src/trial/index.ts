export { estimateOver, intervalOfLogs } from "../statistics/launches.ts";
export { buildWindows } from "./tester/window-sender.ts";
export { openMeasuringTester, openVerifyingTester } from "./tester/wire-testers.ts";
export { verificationProblem, verify } from "./verify/verify.ts";
