import type { Testbed } from "@iopath/lab";
import { expect, it } from "vitest";
import { missedQueues } from "../../src/trial/missed-queues.ts";

it("a port that is a function of a card misses no queue, and is looked up as no interface", () => {
  const testbed = { ports: [{ device: "0000:01:10.0" }] } as unknown as Testbed;
  expect(missedQueues({ takesOneQueue: true }, testbed, 1)).toBeUndefined();
});
