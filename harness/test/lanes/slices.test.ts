/** What a lane does in a slice, by a clock that the windows move. */
import { afterEach, expect, it, vi } from "vitest";
import { type CellOrder, sliceOrderOf } from "../../src/lanes/launch.ts";
import { Slices } from "../../src/lanes/slices.ts";
import type { OpenTrial } from "../../src/trial/open-trial.ts";
import { type FakeOptions, FakeWire } from "../trial/fake-wire.ts";

afterEach(() => vi.restoreAllMocks());

function slicesOf(options: Partial<FakeOptions>) {
  const wire = new FakeWire({ window: 1, ...options });
  return { wire, slices: new Slices(wire as unknown as OpenTrial, 1) };
}

const quarterMs = { sendNs: 250_000, stepNs: 0 };

it("samples windows for as long as asked, and keeps as many as are wanted", async () => {
  const { slices } = slicesOf({ costs: quarterMs });
  const { windowsNs, costNs } = await slices.runCounted({ sliceMs: 2 }, 3);
  expect(windowsNs).toEqual([250_000, 250_000, 250_000]);
  expect(costNs).toBe(250_000);
  expect(await slices.totals()).toMatchObject({ framesSent: 8, framesReceived: 8 });
});

it("goes on until there are samples enough for a quartile", async () => {
  const { wire, slices } = slicesOf({ costs: { sendNs: 1e6, stepNs: 0 } });
  await slices.runCounted({ sliceMs: 2, samplesMin: 8 }, 100);
  expect(wire.windows).toBe(8);
});

it("settles before its samples, and counts nothing of that", async () => {
  const costs = { ...quarterMs };
  const { wire, slices } = slicesOf({
    costs,
    // Cold caches: the first windows of a slice are dear.
    during: (window) => (costs.sendNs = window < 7 ? 250_000 : 50_000),
  });
  const { windowsNs, costNs } = await slices.runCounted({ sliceMs: 1, settleMs: 2 }, 100);
  expect(costNs).toBe(50_000);
  expect(new Set(windowsNs)).toEqual(new Set([50_000]));
  const { framesSent, syscalls } = await slices.totals();
  expect(framesSent).toBe(wire.windows);
  expect(syscalls).toBe(2 * windowsNs.length);
});

it("is asked to settle where the wire is memory, and nowhere else", () => {
  const order = { samples: 1000, path: "userspace-pmd" } as CellOrder;
  expect(sliceOrderOf({ ...order, variant: "memif" }, 100)).toEqual({
    ...{ sliceMs: 2, settleMs: 2, samplesMin: 8, keep: 10 },
  });
  expect(sliceOrderOf({ ...order, variant: "af-xdp" }, 100)).not.toHaveProperty("settleMs");
});
