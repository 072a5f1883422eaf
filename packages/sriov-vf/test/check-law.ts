/** A law of the contract, checked on functions of a card, with packet sockets at the far ends. */

import { openForwarder, type Subject } from "@iopath/contract";
import { openVerifyingTester } from "@iopath/harness/testers";
import type { Testbed } from "@iopath/lab";
import type { LawCase } from "../../../test/second-workload/laws.ts";
import { sriovVf } from "../src/index.ts";

export const burst = 64;
/** Frames of one window arrive within this, or not at all. */
const settleMs = 20;

/** Enough to see what each frame leaves behind; a window takes some ten milliseconds here. */
const steadyFrames = 3200;

/** What is wrong with a law, or null. */
export async function checkLaw(
  { law, workload }: Pick<LawCase, "law" | "workload">,
  variant: string,
  testbed: Testbed,
  seed: number,
): Promise<string | null> {
  const { ports, limits } = testbed;
  const { deviations } = sriovVf.variants.find(({ name }) => name === variant)!;
  using forwarder = openForwarder(sriovVf, variant, ports, { burst, workload });
  using tester = openVerifyingTester(testbed, "ethernet");
  const subject: Subject = {
    forwarder,
    ingress: ports[0],
    egress: ports[1],
    ...(limits ? { limits } : {}),
    ...(deviations ? { deviations } : {}),
    steadyFrames,
    send(frames) {
      tester.send(frames);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settleMs);
    },
    collect: tester.collect,
  };
  return (await law.check(subject, seed)) ?? null;
}
