import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { chooseInterfaces } from "../src/matrix/interfaces.ts";
import { formatCounters } from "../src/trial/format-counters.ts";

const configured = { ports: ["a", "b"], tester: ["c", "d"], nextHop: "10.0.0.1" } as const;

describe("chooseInterfaces", () => {
  it("is the lab when neither config nor flags name ports", () => {
    expect(chooseInterfaces(undefined, {})).toBeUndefined();
  });

  it("takes the config's ports, and flags over them", () => {
    expect(chooseInterfaces(configured, {})).toEqual(configured);
    expect(chooseInterfaces(configured, { tester: ["none"], force: true })).toEqual({
      ...configured,
      tester: "none",
      force: true,
    });
  });

  it("refuses what is not two interfaces", () => {
    for (const ports of [["a"], ["a", ""], ["a", "b", "c"]]) {
      expect(() => chooseInterfaces(undefined, { ports, tester: ["none"] })).toThrow("IF0,IF1");
    }
  });
});

describe("formatCounters", () => {
  const counters = (dropped: number[]) => ({
    received: 9,
    sent: 5,
    unsent: 1,
    dropped: Uint32Array.from(dropped),
  });

  it("names only the reasons for which frames were dropped", () => {
    const dropped = ipv4Forward.reasons.map(
      (reason) => (reason === "ttl" ? 2 : 0) + +(reason === "short"),
    );
    expect(formatCounters(counters(dropped), ipv4Forward)).toBe(
      "received 9  sent 5  unsent 1  dropped 3 (short 1, ttl 2)",
    );
  });

  it("says that none was dropped", () => {
    const line = formatCounters(counters(ipv4Forward.reasons.map(() => 0)), ipv4Forward);
    expect(line).toBe("received 9  sent 5  unsent 1  dropped 0");
  });
});
