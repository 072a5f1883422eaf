import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { FakePolledPath, fakePath, openForwarder, type PortSpec } from "../src/index.ts";

const port: PortSpec = {
  device: "in",
  queue: 0,
  mac: "02:00:00:00:00:01",
  ipv4: "10.0.1.1",
  neighbor: { mac: "02:00:00:00:00:02", ipv4: "10.0.1.2" },
};
const { room } = new FakePolledPath(1);

describe("a forwarder", () => {
  it.each([
    ["all of it", room, true],
    ["more in front", { ...room, head: room.head + 4 }, false],
    ["more behind", { ...room, tail: room.tail + 1 }, false],
  ])("of a workload that needs the path's room: %s", (_what, needed, opens) => {
    let closed = 0;
    const path = fakePath((fake) => {
      fake[Symbol.dispose] = () => closed++;
    });
    const workload = { ...ipv4Forward, name: "pusher", room: needed };
    const open = () => openForwarder(path, "memory", [port, port], { burst: 1, workload });
    if (opens) expect(open).not.toThrow();
    else expect(open).toThrow("fake/memory has 64 bytes of room before a frame");
    expect(closed).toBe(opens ? 0 : 1);
  });
});
