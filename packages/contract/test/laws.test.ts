import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import {
  type FakeFault,
  type FakePolledPath,
  fakePath,
  laws,
  openForwarder,
  type PortSpec,
  type Subject,
} from "../src/index.ts";

const ingress: PortSpec = {
  device: "in",
  queue: 0,
  mac: "02:00:00:00:00:01",
  ipv4: "10.0.1.1",
  neighbor: { mac: "02:00:00:00:00:02", ipv4: "10.0.1.2" },
};
const egress: PortSpec = {
  device: "out",
  queue: 0,
  mac: "02:00:00:00:00:03",
  ipv4: "10.0.2.1",
  neighbor: { mac: "02:00:00:00:00:04", ipv4: "10.0.2.2" },
};

function openFake(fault?: FakeFault): Subject {
  let opened: FakePolledPath | undefined;
  const path = fakePath((fake) => {
    opened = fake;
  }, fault);
  const forwarder = openForwarder(path, "memory", [ingress, egress], {
    burst: 32,
    workload: ipv4Forward,
  });
  const { wire } = opened!;
  return {
    forwarder,
    ingress,
    egress,
    steadyFrames: 10_000,
    send: (frames) => frames.forEach(wire.put),
    collect: wire.take,
  };
}

/** The laws that a subject breaks, each checked on a subject of its own. */
async function broken(fault?: FakeFault): Promise<string[]> {
  const found: string[] = [];
  for (const law of laws) if (await law.check(openFake(fault), 42)) found.push(law.name);
  return found;
}

const framesAreRight = "every frame comes out once, in order, as the reference says";
const countersAreTrue = "counters tell what happened, by reason";
const makesNothing = "a forwarder neither compiles nor allocates per frame";

describe("the laws of the contract", () => {
  it("hold for the fake", async () => {
    expect(await broken()).toEqual([]);
  });

  it.each(["lose", "duplicate", "reorder", "corrupt"] as const)(
    "catch a fake that does %s",
    async (fault) => {
      expect(await broken(fault)).toContain(framesAreRight);
    },
  );

  it.each(["allocate", "compile"] as const)("catch a fake that does %s", async (fault) => {
    expect(await broken(fault)).toEqual([makesNothing]);
  });

  it.each([
    ["send the length received", "a frame that got shorter or longer comes out so"],
    ["send what was dropped", "a drop that only the length tells is a drop"],
    ["send from where it was received", "a frame whose start moved comes out so"],
  ] as const)("catch a fake whose egress does %s", async (fault, law) => {
    expect(await broken(fault)).toContain(law);
  });

  it("catch a fake that lies in its counters", async () => {
    expect(await broken("miscount")).toEqual([countersAreTrue]);
  });

  it("catch a port that makes up frames out of nothing", async () => {
    const subject = openFake();
    let n = 0;
    const forwarder = { ...subject.forwarder, step: () => (n++ === 3 ? 1 : 0) };
    expect(await laws[0]!.check({ ...subject, forwarder }, 1)).toContain("quiet port");
  });

  it("catch frames that do not begin at a multiple of 4", async () => {
    const subject = openFake();
    const { path } = subject.forwarder;
    if (path.kind !== "polled") throw new Error("the fake is polled");
    const { ingress: port } = path;
    const receive = port.receive.bind(port);
    port.receive = (batch) => {
      const count = receive(batch);
      batch.offset[0]! += 2;
      return count;
    };
    expect(await laws[2]!.check(subject, 1)).toContain("no multiple of 4");
  });

  it("catch an egress that sends what is not in the batch", async () => {
    const subject = openFake();
    const { path } = subject.forwarder;
    if (path.kind !== "polled") throw new Error("the fake is polled");
    path.egress.transmit = () => 1;
    expect(await laws[1]!.check(subject, 1)).toContain("empty batch");
  });
});
