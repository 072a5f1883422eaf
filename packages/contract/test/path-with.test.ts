import { describe, expect, it, vi } from "vitest";
import { type PolledPath, pathWith } from "../src/index.ts";

const ports = { received: 1, sent: 2, unsent: 3 };
const inner = {
  kind: "polled",
  memory: new Uint8Array(64),
  ingress: { receive: () => 0 },
  egress: { transmit: () => 0 },
  room: { head: 0, tail: 82 },
  inPlace: {},
  testers: {},
  deviceMode: "native copy",
  counters: () => ports,
  trouble: () => "the queue is full",
  [Symbol.dispose]: vi.fn(),
} as unknown as PolledPath;

describe("a path on top of another one", () => {
  it("has all that the other one has", () => {
    const { [Symbol.dispose]: _, ...outer } = pathWith(inner, new DisposableStack());
    const { [Symbol.dispose]: __, counters, trouble, ...parts } = inner;
    expect(outer).toMatchObject(parts);
    expect(outer.counters()).toBe(ports);
    expect(outer.trouble?.()).toBe("the queue is full");
  });

  it("has no part that the other one has not", () => {
    const { kind, memory, ingress, egress, counters } = inner;
    const bare: PolledPath = { kind, memory, ingress, egress, counters, [Symbol.dispose]() {} };
    const outer = pathWith(bare, new DisposableStack());
    expect(Object.keys(outer).sort()).toEqual(
      ["counters", "egress", "ingress", "kind", "memory"].sort(),
    );
  });

  it("says a device mode of its own", () => {
    expect(pathWith(inner, new DisposableStack(), "tcx").deviceMode).toBe("tcx");
  });

  it("closes what it was given, once it is closed, and not the other one by itself", () => {
    const resources = { [Symbol.dispose]: vi.fn() };
    pathWith(inner, resources)[Symbol.dispose]();
    expect(resources[Symbol.dispose]).toHaveBeenCalledOnce();
    expect(inner[Symbol.dispose]).not.toHaveBeenCalled();
  });
});
