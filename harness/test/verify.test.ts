import { expectFrame, type Forwarder, type VerifyingTester } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward as workload } from "@iopath/workloads";
import { afterEach, expect, it, vi } from "vitest";
import type { VerifyRequest } from "../src/trial/request.ts";
import { verificationProblem, verify } from "../src/trial/verify/verify.ts";

const port = (n: number) => ({
  device: `port${n}`,
  queue: 0,
  mac: `02:00:00:00:00:0${n}`,
  ipv4: `10.0.0.${n}`,
  neighbor: { mac: "02:00:00:00:00:09", ipv4: "10.0.0.9" },
});
const testbed = { ports: [port(1), port(2)], wires: [port(3), port(4)] };
const request = { role: "verify", testbed: testbed as unknown as Testbed, frames: 10, seed: 1 };

afterEach(() => vi.restoreAllMocks());

/** Forwards what the tester sent in the next step, as the workload says. */
function openForwarding(between: () => Uint8Array[] = () => []) {
  const expected = { workload, ports: testbed.ports as unknown as Testbed["ports"] };
  const sent: Uint8Array[] = [];
  const out: Uint8Array[] = [];
  const dropped = new Uint32Array(workload.reasons.length);
  const counters = { received: 0, sent: 0, unsent: 0, dropped };
  const step = () => {
    const frames = sent.splice(0, 1);
    for (const frame of frames) {
      counters.received++;
      const outcome = expectFrame(frame, expected);
      if (outcome.forwarded) {
        out.push(outcome.frame);
        counters.sent++;
      } else if (outcome.forwarded === false) dropped[workload.reasons.indexOf(outcome.reason)]!++;
    }
    return frames.length;
  };
  const forwarder = { step, counters: () => counters, workload, path: { kind: "attached" } };
  const tester = {
    send: (frames: readonly Uint8Array[]) => sent.push(...frames),
    collect: () => [...out.splice(0), ...between()],
  };
  return {
    forwarder: forwarder as unknown as Forwarder,
    tester: tester as unknown as VerifyingTester,
  };
}

it("ends when a forwarder receives frames for ever", async () => {
  const forwarder = { step: () => 1, workload } as unknown as Forwarder;
  const tester = { send: () => {}, collect: () => [] } as unknown as VerifyingTester;
  await expect(verify(request as VerifyRequest, tester, forwarder)).rejects.toThrow(
    "frames came of one window",
  );
});

it("goes on where an hour passes between two steps: the machine is slow, and no frame is lost", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += 3_600_000));
  const { forwarder, tester } = openForwarding();
  const result = await verify(request as VerifyRequest, tester, forwarder);
  expect(verificationProblem(result)).toBeUndefined();
});

it("ends on ports where other senders never stop", async () => {
  const foreign = new Uint8Array(60).fill(0x77);
  const { forwarder, tester } = openForwarding(() => [foreign]);
  const shared = { ...request, testbed: { ...request.testbed, shared: true } };
  const busy = { ...forwarder, step: () => forwarder.step() + 1 };
  const result = await verify(shared as VerifyRequest, tester, busy);
  expect(verificationProblem(result)).toBeUndefined();
});
