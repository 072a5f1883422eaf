import type { Testbed } from "@iopath/lab";
import { expect, it } from "vitest";
import { missedQueues } from "../../src/trial/missed-queues.ts";

it("a function of a card misses no queue, and is not looked up as an interface", () => {
  const testbed = { ports: [{ device: "0000:01:10.0" }] } as unknown as Testbed;
  expect(missedQueues({ takesOneQueue: true }, testbed, 1)).toBeUndefined();
});
