import { laws, openForwarder } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { userspacePmd } from "../src/index.ts";
import type { OpenedPmd } from "../src/opened.ts";
import { ports } from "./subject.ts";

const macs = { destinationMac: ports[0].mac, sourceMac: ports[0].neighbor.mac };
const workers = 2;

function openMembers(variant: string, opening: DisposableStack) {
  const shared = opening.use(userspacePmd.openShared!(variant, ports, workers)!);
  return Array.from({ length: workers }, (_, queue) => {
    const [from, to] = ports.map((port) => ({ ...port, queue }));
    const team = { workers, sharedId: shared.id };
    const options = { burst: 64, workload: ipv4Forward, team };
    const forwarder = opening.use(openForwarder(userspacePmd, variant, [from!, to!], options));
    const opened = forwarder.path as OpenedPmd;
    return { forwarder, opened, tester: opening.use(opened.testers!.verifying()) };
  });
}

describe.each(["net-null", "ring"])("two queues of %s", (variant) => {
  it.each(laws.map((law) => [law.name, law] as const))("each: %s", async (_name, law) => {
    using opening = new DisposableStack();
    for (const { forwarder, tester } of openMembers(variant, opening)) {
      const ends = { ingress: ports[0], egress: ports[1] };
      const subject = { forwarder, ...ends, send: tester.send, collect: tester.collect };
      expect(await law.check(subject, 20_261_129)).toBeUndefined();
    }
  });

  it("are separate: a frame for one does not reach the other", () => {
    using opening = new DisposableStack();
    const [first, second] = openMembers(variant, opening) as [Member, Member];
    second.tester.send([ipv4Forward.measuring.build(macs, 64, 0, 0)]);
    expect([first.forwarder.step(), second.forwarder.step()]).toEqual([0, 1]);
    expect(first.tester.collect()).toEqual([]);
    expect(second.tester.collect()).toHaveLength(1);
  });

  it("take their mbufs from pools of their own, and give all of them back", () => {
    using opening = new DisposableStack();
    const [first, second] = openMembers(variant, opening) as [Member, Member];
    expect(second.opened.pool.address).not.toBe(first.opened.pool.address);
    second.tester.send([ipv4Forward.measuring.build(macs, 64, 0, 0)]);
    second.forwarder.step();
    second.tester.collect();
    for (const { opened } of [first, second]) {
      expect(opened.pool.available()).toBe(opened.pool.size);
    }
  });
});

type Member = ReturnType<typeof openMembers>[number];

describe("more workers than a driver has queues", () => {
  it("are refused with what to do, and leave nothing", () => {
    const open = () => userspacePmd.openShared!("ring", ports, 17);
    expect(open).toThrow(/^configure net_ring_ingress.*nb_rx_queues=17 > 16/);
    expect(open).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining("fewer than 17 workers") }),
    );
    using opening = new DisposableStack();
    expect(openMembers("ring", opening)).toHaveLength(2);
  });
});
