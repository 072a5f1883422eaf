import { ipv4Forward } from "@iopath/workloads";
import { expect, it } from "vitest";
import { ExitStatus, fakePath, IopathError, type PortSpec, probeByOpening } from "../src/index.ts";

const port: PortSpec = {
  ...{ device: "p0", queue: 0, mac: "02:00:00:00:00:01", ipv4: "10.0.0.1" },
  neighbor: { mac: "02:00:00:00:00:02", ipv4: "10.0.0.2" },
};
const probe = (open: () => never) =>
  probeByOpening({ open }, "any", [port, port], ipv4Forward, "the usual remedy");

it("what opens is supported, and is closed again", () => {
  let closed = 0;
  const path = fakePath((opened) => {
    opened[Symbol.dispose] = () => closed++;
  });
  expect(probeByOpening(path, "memory", [port, port], ipv4Forward, "")).toEqual({ ok: true });
  expect(closed).toBe(1);
});

it("an error says its own remedy, once", () => {
  const error = new IopathError(ExitStatus.cannotRun, "no device", { remedy: "plug it in" });
  const support = probe(() => {
    throw error;
  });
  expect(support).toEqual({ ok: false, missing: "no device", remedy: "plug it in" });
});

it.each([new IopathError(ExitStatus.cannotRun, "no device"), new Error("no device")])(
  "an error without one comes with the usual remedy: %s",
  (error) => {
    const support = probe(() => {
      throw error;
    });
    expect(support).toEqual({ ok: false, missing: "no device", remedy: "the usual remedy" });
  },
);
