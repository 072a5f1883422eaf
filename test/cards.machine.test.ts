/**
 * Real drivers of cards: DPDK takes two in turn with the kernel, XDP redirects between two, and
 * cards of two kinds forward to each other.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { TrialResult } from "../harness/src/trial/request.ts";
import { answersIn, bootGuest, hookLimitMs } from "../packages/lab/test/guest/in-guest.ts";
import { manyCards } from "./guest/many-cards.ts";

const program = (name: string) => join(import.meta.dirname, "guest", name);

/** What `iopath verify` said of forwarding between two cards. */
interface Forwarding {
  readonly ports: string;
  readonly status: number;
  readonly said: string;
  readonly complaint: string;
}

let forwarding: readonly Forwarding[];
let verified: TrialResult;
let measured: TrialResult;
let drivers: unknown;
let byName: { status: number; complaint: string; said: string };
let standing: { before: string; after: string };
beforeAll(async () => {
  using guest = await bootGuest(manyCards);
  forwarding = await answersIn<Forwarding>(guest, program("forwarding-in-guest.ts"));
  const answers = await answersIn<unknown>(guest, program("cards-in-guest.ts"));
  [verified, measured, drivers, byName, standing] = answers as [
    ...[TrialResult, TrialResult, unknown],
    typeof byName,
    typeof standing,
  ];
}, hookLimitMs);

it("two threads forward correctly on two queues of real cards", () => {
  expect(verified, JSON.stringify(verified)).toMatchObject({
    status: "verified",
    judgement: { lost: 0, unknown: 0, corrupted: 0 },
  });
});

it("two threads are measured on two queues of real cards", () => {
  expect(measured, JSON.stringify(measured)).toMatchObject({ status: "measured" });
  if (measured.status !== "measured") return;
  expect(measured.framesSent).toBeGreaterThanOrEqual(2 * 10 * 32);
  expect(measured.framesReceived).toBe(measured.framesSent);
});

it("the cards go back to the driver that they had", () => {
  expect(drivers).toEqual(["igb", "igb"]);
});

it("interfaces named with --ports are verified with DPDK's driver", () => {
  expect(byName.status, byName.complaint).toBe(0);
  expect(byName.said).toContain("userspace-pmd/pci  ok  300 frames in");
});

it("an interface that DPDK gave back has its addresses, route, neighbour, MTU and sysctl again", () => {
  expect(standing.before).toContain("10.9.0.0/16 via 10.1.1.9");
  expect(standing.after).toBe(standing.before);
});

describe("frames that go from card to card", () => {
  /**
   * Drivers of cards are stricter than veth: igb, as ixgbe and i40e, sends a redirected frame only
   * while its device has an XDP program of its own. And they merge segments of TCP before a socket
   * or tc sees them, where nobody turns that off.
   */
  it.each([
    ["igb to igb, redirected", "eth1,eth2", "xdp/native"],
    ["igb to igb, the other way", "eth2,eth1", "xdp/native-devmap"],
    ["virtio-net to vmxnet3, by sockets", "eth4,eth5", "kernel-sockets/packet-mmsg"],
    ["vmxnet3 to virtio-net, by tc", "eth5,eth4", "xdp/tc"],
  ])("come out as they should: %s", (_what, ports, variant) => {
    const { status, said, complaint } = forwarding.find((answer) => answer.ports === ports)!;
    expect(said).toContain(`${variant}  ok  300 frames in`);
    expect({ status, complaint }).toEqual({ status: 0, complaint: "" });
  });
});
