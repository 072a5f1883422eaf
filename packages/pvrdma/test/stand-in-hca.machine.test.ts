import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { lawCases } from "../../../test/second-workload/laws.ts";
import { compileStandIn, type StandIn } from "./stand-in.ts";

let standIn: StandIn;
beforeAll(() => {
  standIn = compileStandIn();
});
afterAll(() => standIn[Symbol.dispose]());

interface Finding {
  readonly variant: string;
  readonly law: string;
  readonly problem: string | null;
}

test("the laws hold for connections and datagrams on the stand-in HCA", () => {
  const findings = standIn.run("laws") as Finding[];
  expect(findings.filter(({ problem }) => problem !== null)).toEqual([]);
  expect(findings).toHaveLength(2 * lawCases.length);
});

describe("an empty receive queue", () => {
  it("makes a reliable send wait, whole and in order", () => {
    expect(standIn.run("dry queue")).toEqual({
      sent: 2,
      held: 2,
      came: [
        [60, 1],
        [61, 2],
      ],
      freed: 64,
    });
  });

  it("loses a datagram, and takes the next", () => {
    expect(standIn.run("dry datagrams")).toEqual([[61, 1]]);
  });
});

describe("a peer that is gone", () => {
  it("is reported with the completion's status and work request, and gives every buffer back", () => {
    expect(standIn.run("peer gone")).toEqual({
      sent: 3,
      trouble: expect.stringMatching(
        /^IBV_WC_RETRY_EXC_ERR .* work request 0 in the send queue of rc queue pair \d+ on standin0$/,
      ),
      freed: 64,
    });
  });
});

test("a forwarder in one process forwards what a tester in another sends, each on an HCA of its own", async () => {
  const port = String(20_000 + (process.pid % 10_000));
  const program = join(import.meta.dirname, "one-of-two.ts");
  const roles = ["forwarder", "tester"].map((role, i) =>
    standIn.start([program, role, "2048", "standin0", "127.0.0.1", port], i),
  );
  const [forwarder, tester] = await Promise.all(roles);
  expect(tester).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, corrupted: 0, unknown: 0 });
  expect(forwarder).toMatchObject({ received: 2048, sent: (tester as Judged).expected, unsent: 0 });
});

test("a peer that dies in mid-burst fails the sends to it, names the first one, and makes no one wait", async () => {
  const port = String(20_000 + ((process.pid + 1) % 10_000));
  const program = join(import.meta.dirname, "one-of-two.ts");
  const roles = ["late-forwarder", "dying-tester"].map((role, i) =>
    standIn.start([program, role, "256", "standin0", "127.0.0.1", port], i),
  );
  const [forwarder, tester] = await Promise.allSettled(roles);
  expect(tester).toMatchObject({ status: "rejected" });
  expect(forwarder).toMatchObject({
    status: "fulfilled",
    value: {
      received: expect.any(Number),
      trouble: expect.stringMatching(
        /^IBV_WC_RETRY_EXC_ERR .* work request 0 in the send queue of rc queue pair \d+ on standin0$/,
      ),
    },
  });
});

interface Judged {
  readonly expected: number;
}

describe("a device that is not as it should be", () => {
  it.each([
    ["has no such port", "standin0:2", {}, /^query port 2 of standin0: EINVAL$/],
    ["has no GID of that index", "standin0:1:9", {}, /^port 1 of standin0 has no GID of index 9$/],
    [
      "has no GID at all",
      "standin0",
      { STAND_IN_HCA_GIDS: "" },
      /^port 1 of standin0 has no GID among 16$/,
    ],
    [
      "has no link",
      "standin0",
      { STAND_IN_HCA_PORT: "down" },
      /^port 1 of standin0 is DOWN, not ACTIVE$/,
    ],
    ["is not written as one", "standin0:x", {}, /^"standin0:x" names no verbs device$/],
  ])("%s", (_what, device, environment, missing) => {
    expect(standIn.run("probe", device, environment)).toMatchObject({
      ok: false,
      missing: expect.stringMatching(missing),
      remedy: expect.stringMatching(/../),
    });
  });

  it("is found by its port and GID index", () => {
    expect(standIn.run("probe", "standin0:1:2")).toEqual({ ok: true });
  });
});

describe("a queue pair that can't reach RTR", () => {
  it.each([
    ["no route", /\(GID index 1\) can't reach RTR: ENETUNREACH\nno route to the peer's GID/],
    ["GID gone", /\(GID index 15\) can't reach RTR: EINVAL\nthe port or the GID index may be gone/],
  ])("says why: %s", (scenario, words) => {
    expect(standIn.run(scenario)).toMatch(words);
  });
});

describe("the probe", () => {
  it("names the devices that exist when it is asked for another", () => {
    expect(standIn.run("probe", "mlx5_0")).toMatchObject({
      ok: false,
      missing: "no verbs device mlx5_0: there are standin0",
    });
  });

  it("gives the provider's answer where it lacks what a variant needs", () => {
    expect(standIn.run("write with immediate data")).toEqual({
      ok: false,
      missing: "standin0 took 0 of 4 requests to write-imm",
      remedy: "this provider does not have it: take another variant, or another device",
    });
  });
});
