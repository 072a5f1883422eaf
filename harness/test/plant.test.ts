import { Batch, type OpenPath, type Path, type PortSpec } from "@iopath/contract";
import { describe, expect, it } from "vitest";
import type { Planted } from "../src/matrix/planted.ts";
import { plant } from "../src/trial/plant.ts";

/** What reached the egress and the program, of a path with one polled and one attached variant. */
function subject() {
  const seen = { sent: 0, options: {} as object };
  const memory = new Uint8Array(4096);
  const opened: Record<string, OpenPath> = {
    polled: {
      kind: "polled",
      memory,
      ingress: { receive: () => 0 },
      egress: { transmit: ({ count }) => (seen.sent += count) },
      counters: () => ({ received: 7, sent: seen.sent, unsent: 0 }),
      [Symbol.dispose]: () => {},
    },
    attached: {
      kind: "attached",
      counters: () => ({ received: 0, sent: 0, unsent: 0, dropped: new Uint32Array(6) }),
      [Symbol.dispose]: () => {},
    },
  };
  const path: Path = {
    name: "fake",
    variants: (["polled", "attached"] as const).map((kind) => {
      return { name: kind, kind, carrier: "ethernet", summary: "" };
    }),
    probe: () => ({ ok: true }),
    open: (variant, _ports, options) => {
      seen.options = options;
      return opened[variant]!;
    },
  };
  return { path, seen, memory };
}

const ports = [] as unknown as readonly [PortSpec, PortSpec];
const kinds: Planted["kind"][] = ["instructions", "syscall", "copy"];

describe("planted work", () => {
  it.each(kinds)("of kind %s leaves every frame as it is and sends it on", (kind) => {
    const { path, memory } = subject();
    const open = plant(path, { kind, count: 40 }).open("polled", ports, { burst: 64 });
    memory.fill(0x5a);
    const batch = new Batch(4);
    batch.count = 4;
    batch.offset.set([0, 1024, 2048, 3072]);
    batch.length.set([60, 1514, 0, 61]);
    if (open.kind !== "polled") throw new Error("no longer polled");
    expect(open.egress.transmit(batch)).toBe(4);
    expect([...batch.length.slice(0, 4)]).toEqual([60, 1514, 0, 61]);
    expect(memory.every((byte) => byte === 0x5a)).toBe(true);
    expect(open.counters()).toMatchObject({ received: 7, sent: 4 });
  });

  it("of instructions goes into the program where the kernel forwards", () => {
    const { path, seen } = subject();
    plant(path, { kind: "instructions", count: 40 }).open("attached", ports, { burst: 64 });
    expect(seen.options).toEqual({ burst: 64, plantedInstructions: 40 });
  });

  it.each(["syscall", "copy"] as const)("of kind %s has no place there", (kind) => {
    const planted = plant(subject().path, { kind, count: 1 });
    expect(() => planted.open("attached", ports, { burst: 64 })).toThrow(/no burst in user space/);
  });
});
