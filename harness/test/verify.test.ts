import type { Forwarder, VerifyingTester } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward as workload } from "@iopath/workloads";
import { expect, it, vi } from "vitest";
import type { VerifyRequest } from "../src/trial/request.ts";
import { verify } from "../src/trial/verify/verify.ts";

const port = (n: number) => ({
  device: `port${n}`,
  queue: 0,
  mac: `02:00:00:00:00:0${n}`,
  ipv4: `10.0.0.${n}`,
  neighbor: { mac: "02:00:00:00:00:09", ipv4: "10.0.0.9" },
});
const testbed = { ports: [port(1), port(2)], wires: [port(3), port(4)] };
const request = { role: "verify", testbed: testbed as unknown as Testbed, frames: 10, seed: 1 };

it("ends when a forwarder receives frames for ever", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += 100));
  const forwarder = { step: () => 1, workload } as unknown as Forwarder;
  const tester = { send: () => {}, collect: () => [] } as unknown as VerifyingTester;
  await expect(verify(request as VerifyRequest, tester, forwarder)).rejects.toThrow(
    "the forwarder received frames for 20 s",
  );
  vi.restoreAllMocks();
});
