/**
 * A user's test file, run by vitest itself from vitest-matchers.test.ts; FOLDER says where the
 * files are.
 */
import { join } from "node:path";
import { baseline, cellsOf } from "@iopath/harness/vitest";
import { expect, test } from "vitest";

const folder = process.env.FOLDER!;
const costs = baseline(join(folder, "baseline.csv"));
const cells = cellsOf(join(folder, "results.csv"));
const cell = (name: string) => cells.find((row) => row.cell.startsWith(name));

test("as before", () => expect(cell("sriov-vf/vfio")).toCostAtMost(costs));
test("dearer than it may", () => expect(cell("xdp/native")).toCostAtMost(costs, { within: 0.01 }));
test("dearer as it may", () => expect(cell("xdp/native")).toCostAtMost(costs, { within: 0.05 }));
test("dearer is not at most", () => expect(cell("xdp/native")).not.toCostAtMost(costs));
test("above a figure", () => expect(cell("sriov-vf/vfio")).toCostAtMost(4000));
test("elsewhere", () => expect(cell("kernel-sockets")).toCostAtMost(costs, { within: 9 }));
test("nowhere", () => expect(cell("no/such")).toCostAtMost(costs, { within: 9 }));
