/**
 * A step for git-bisect(1) that measures nothing: the tree's file `cost` says the figure. Run in a
 * work tree of git-bisect.test.ts.
 */
import { readFileSync } from "node:fs";
import { judgeStep, StepStatus } from "../../src/bisect/step.ts";

const said = readFileSync("cost", "utf8").trim();
if (said === "no guest at all") process.exit(StepStatus.abort);
if (said === "someone ends it") process.kill(process.pid, "SIGKILL");
const finding = /^\d+$/.test(said) ? { figure: Number(said) } : { problem: said };
process.exit(judgeStep(finding, { good: 6000, bad: 6800, within: 0.002 }).status);
