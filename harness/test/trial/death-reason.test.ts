import { expect, it } from "vitest";
import { tellDeath } from "../../src/trial/trial-process.ts";

/** What Node prints when V8 aborts: the reason, then a longer stack than a row can hold. */
const complaint = `#
# Fatal error in , line 0
# Check failed: v8_flags.liftoff.
#
#FailureMessage Object: 0x7ffe3c
----- Native stack trace -----

${Array.from({ length: 29 }, (_, i) => ` ${i + 1}: 0xdeadbee${i % 10} node::Start() [/usr/bin/node]`).join("\n")}
`;

it("says what a trial's process died of, without its native stack", () => {
  const { reason } = tellDeath({ code: 133, killedBy: null }, complaint, 1000);
  expect(reason).toContain("ended with status 133");
  expect(reason).toContain("Check failed: v8_flags.liftoff.");
  expect(reason).not.toContain("0xdeadbee");
});
