import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import {
  type FakeFault,
  type FakePolledPath,
  fakePath,
  laws,
  openForwarder,
  type PortSpec,
  parseMac,
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

/** A card's switch delivers a frame to the port whose MAC it names, and to no other. */
function behindSwitch(subject: Subject): Subject {
  const ours = parseMac(egress.neighbor.mac);
  const isOurs = (frame: Uint8Array) => ours.every((byte, i) => frame[i] === byte);
  return { ...subject, collect: () => subject.collect().filter(isOurs) };
}

/** Now and then a busy machine's emulated card keeps a window to itself for a while. */
function behindSlowCard(subject: Subject): Subject {
  let sends = 0;
  let held: readonly Uint8Array[] = [];
  let until = 0;
  return {
    ...subject,
    send(frames) {
      if (sends++ % 100 !== 0) return subject.send(frames);
      held = frames;
      until = performance.now() + 200;
    },
    collect() {
      if (held.length > 0 && performance.now() >= until) {
        subject.send(held);
        held = [];
      }
      return subject.collect();
    },
  };
}

/** The laws that a subject breaks, each checked on a subject of its own. */
async function broken(open: () => Subject): Promise<string[]> {
  const found: string[] = [];
  for (const law of laws) if (await law.check(open(), 42)) found.push(law.name);
  return found;
}

const framesAreRight = "every frame comes out once, in order, as the reference says";
const countersAreTrue = "counters tell what happened, by reason";
const makesNothing = "a forwarder neither compiles nor allocates per frame";

describe("the laws of the contract", () => {
  it("hold for the fake", async () => {
    expect(await broken(() => openFake())).toEqual([]);
  });

  it("hold for the fake behind a switch", async () => {
    expect(await broken(() => behindSwitch(openFake()))).toEqual([]);
  });

  it("hold for the fake behind a card that is slow at times", async () => {
    expect(await broken(() => behindSlowCard(openFake()))).toEqual([]);
  });

  it.each(["lose", "duplicate", "reorder", "corrupt"] as const)(
    "catch a fake that does %s",
    async (fault) => {
      expect(await broken(() => openFake(fault))).toContain(framesAreRight);
    },
  );

  it.each(["allocate", "compile"] as const)("catch a fake that does %s", async (fault) => {
    expect(await broken(() => openFake(fault))).toEqual([makesNothing]);
  });

  it.each([
    ["send the length received", "a frame that got shorter or longer comes out so"],
    ["send what was dropped", "a drop that only the length tells is a drop"],
    ["send from where it was received", "a frame whose start moved comes out so"],
  ] as const)("catch a fake whose egress does %s", async (fault, law) => {
    expect(await broken(() => openFake(fault))).toContain(law);
  });

  it("catch a fake that miscounts", async () => {
    expect(await broken(() => openFake("miscount"))).toEqual([countersAreTrue]);
  });

  it("catch a port that receives frames that were never sent", async () => {
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
