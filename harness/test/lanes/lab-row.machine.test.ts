import { ExitStatus } from "@iopath/contract";
import { ip, type Testbed } from "@iopath/lab";
import { afterAll, describe, expect, it } from "vitest";
import { LanePair } from "../../src/gate/paired/lane-pair.ts";
import { LabRow } from "../../src/lanes/lab-row.ts";
import { LaneError } from "../../src/lanes/lane-process.ts";

const setPort = ({ forwarderNamespace }: Testbed, ...words: string[]) =>
  ip("-n", forwarderNamespace!, "link", "set", "port0", ...words);

/** Port 0 receives frames of other hosts too: what a path may forget to undo. */
const soil = (testbed: Testbed) => setPort(testbed, "promisc", "on");

describe("labs of lanes", () => {
  const row = new LabRow();
  afterAll(() => row[Symbol.dispose]());

  it("are made once, and again after a lane that died", () => {
    const before = row.testbeds(2);
    soil(before[1]!);
    expect(row.inspect(2, [1])).toEqual(new Map());
    const [first, second] = row.testbeds(2);
    expect(first).toEqual(before[0]);
    expect(second!.forwarderNamespace).not.toBe(before[1]!.forwarderNamespace);
  });

  it("are named by their place when a port failed, and made again", () => {
    setPort(row.testbeds(2)[1]!, "down");
    expect([...row.inspect(2, []).keys()]).toEqual([1]);
    expect(row.inspect(2, [])).toEqual(new Map());
  });

  it("that a healthy lane left dirty end the run with status 7", () => {
    soil(row.testbeds(1)[0]!);
    const inspect = () => row.inspect(1, []);
    expect(inspect).toThrow(expect.objectContaining({ exitStatus: ExitStatus.hostDirty }));
  });
});

it("the labs of a paired gate swap, fail a cell whose port failed, and are whole afterwards", () => {
  using lanes = new LanePair();
  expect(lanes.testbeds(true)).toEqual(lanes.testbeds(false).toReversed());
  setPort(lanes.testbeds(false)[0], "down");
  expect(() => lanes.requireSound()).toThrow(LaneError);
  lanes.requireSound();
});
