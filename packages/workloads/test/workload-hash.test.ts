import type { Workload } from "@iopath/contract";
import { newListing } from "@iopath/packet-language";
import { expect, it } from "vitest";
import { ipv4Forward, kernelForm, workloadHash } from "../src/index.ts";

const dropping = (bytes: number): Workload => ({
  ...ipv4Forward,
  kernelForm: kernelForm((macs) =>
    newListing({ name: "any", reasons: ["short"] }, (p) => {
      p.atLeast(bytes, "short");
      p.write(0, macs);
    }),
  ),
});

it("is the same for the same work, and another one for other work", () => {
  expect(workloadHash(dropping(20))).toMatch(/^[0-9a-f]{64}$/);
  expect(workloadHash(dropping(20))).toBe(workloadHash(dropping(20)));
  expect(workloadHash(dropping(21))).not.toBe(workloadHash(dropping(20)));
});

it("is empty for a workload without a listing", () => {
  const { kernelForm: _listing, ...others } = ipv4Forward;
  expect(workloadHash(others)).toBeUndefined();
});
