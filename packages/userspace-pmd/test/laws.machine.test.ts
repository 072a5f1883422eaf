import { laws, openForwarder } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { userspacePmd } from "../src/index.ts";
import type { OpenedPmd } from "../src/opened.ts";
import { openSubject, ports } from "./subject.ts";

/** Variants that need neither a network device nor hugepages, so that all run in one process. */
const variants = ["net-null", "ring", "memif"];

const macs = { destinationMac: ports[0].mac, sourceMac: ports[0].neighbor.mac };

describe.each(variants)("%s", (variant) => {
  const support = userspacePmd.probe(variant, ports, ipv4Forward);

  it("is supported here, or says what to install", () => {
    if (!support.ok) expect(support.missing).toMatch(/^DPDK is not installed/);
  });
  if (!support.ok) return;

  it.each(laws.map((law) => [law.name, law] as const))("%s", async (_name, law) => {
    using subject = openSubject(variant);
    expect(await law.check(subject, 20_261_123)).toBeUndefined();
  });

  it.each([1, 3, 32, 256])("is right at a burst of %d", async (burst) => {
    const everyFrame = laws.find(({ name }) => name.startsWith("every frame"))!;
    using subject = openSubject(variant, { burst });
    expect(await everyFrame.check(subject, burst)).toBeUndefined();
  });

  it("loses no mbuf, dropped frames included", async () => {
    using subject = openSubject(variant);
    const before = subject.opened.pool.available();
    for (let seed = 0; seed < 20; seed++) {
      for (const law of laws) await law.check(subject, seed);
    }
    expect(subject.forwarder.counters().received).toBeGreaterThan(10_000);
    expect(subject.opened.pool.available()).toBe(before);
    expect(before).toBe(subject.opened.pool.size);
  });

  it.each([64, 3, 1])("goes round in bursts of %d, every window whole", (burst) => {
    using forwarder = openForwarder(userspacePmd, variant, ports, { burst, workload: ipv4Forward });
    const frames = Array.from({ length: 64 }, (_, i) =>
      ipv4Forward.measuring.build(macs, 64, 0, i),
    );
    using tester = (forwarder.path as OpenedPmd).testers!.measuring(frames, ipv4Forward);
    const before = tester.received();
    for (let window = 1; window <= 2000; window++) {
      expect(tester.sendWindow()).toBe(64);
      for (let i = 0; i < 1000 && tester.received() !== before + window * 64; i++) {
        forwarder.step();
      }
    }
    expect(tester.received() - before).toBe(2000 * 64);
    expect([...forwarder.counters().dropped]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
