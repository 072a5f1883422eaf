import { rmSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import type { LanePair } from "../../../src/gate/paired/lane-pair.ts";
import { prepare } from "../../../src/gate/paired/preparation.ts";
import type { Cell } from "../../../src/matrix/cell.ts";
import { fakeRevision } from "./fake-revision.ts";

const old = fakeRevision({});
const cell = { path: "xdp", variant: "native", burst: 64, flows: 1, workload: "mac-swap" };
afterAll(() => rmSync(old.root, { recursive: true }));

it("compares no other workload with a revision from before there was a choice", async () => {
  const lanes = {} as LanePair; // no trial is started
  const preparing = { baseline: old, candidate: old, lanes, signal: new AbortController().signal };
  expect(await prepare(cell as Cell, preparing)).toEqual({
    status: "new",
    reason: "a fake is from before workloads could be chosen: it does ipv4-forward and no other",
  });
});
