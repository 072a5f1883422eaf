import { ExitStatus } from "@iopath/contract";
import { describe, expect, it } from "vitest";
import { describePlacement, placeApart, placeOn } from "../../src/open-loop/placement.ts";
import type { CpuFacts } from "../../src/open-loop/topology.ts";
import { plainCpus } from "./fake-run.ts";

const polled = { kind: "polled" } as const;

/** Cores of two CPUs, `perNode` CPUs a node; siblings are as far apart as Intel numbers them. */
function machine(count: number, perNode: number, isolated: readonly number[] = []): CpuFacts[] {
  const half = count / 2;
  return Array.from({ length: count }, (_, cpu) => ({
    cpu,
    core: [cpu % half, (cpu % half) + half],
    node: Math.floor((cpu % half) / (perNode / 2)),
    isolated: isolated.includes(cpu),
  }));
}

const pairOn = (...given: Parameters<typeof placeOn>) => {
  const placed = placeOn(...given)!;
  return [placed.testerCpu, placed.forwarderCpu];
};

describe("the placement", () => {
  it("needs two CPUs", () => {
    expect(placeOn(plainCpus([3]), polled)).toBeUndefined();
  });

  it("takes the first and the last of equal CPUs", () => {
    expect(pairOn(plainCpus([2, 5, 7]), polled)).toEqual([2, 7]);
  });

  it("gives the kernel's receiving to the forwarder's CPU where the kernel forwards", () => {
    expect(placeOn(plainCpus([2, 5]), { kind: "attached" })).toMatchObject({
      ingress: "forwarder",
    });
    expect(placeOn(plainCpus([2, 5]), polled)).toMatchObject({ ingress: "tester" });
  });

  it("has the tester's process as the sink where a path has ports of its own", () => {
    const placed = placeOn(plainCpus([2, 5]), { kind: "polled", ownTesters: true })!;
    expect(placed.ingress).toBe("none");
    expect(describePlacement(placed)).toBe("generator and sink CPU 2, forwarder CPU 5");
  });

  it("keeps tester and forwarder on two cores of one node", () => {
    // 0 to 3 are first threads of cores, 4 to 7 second ones; nodes are 0, 1, 4, 5 and 2, 3, 6, 7.
    expect(pairOn(machine(8, 4), polled)).toEqual([2, 7]);
  });

  it("prefers isolated CPUs, and says which they are", () => {
    const cpus = machine(8, 8, [1, 2]);
    expect(pairOn(cpus, polled)).toEqual([1, 2]);
    expect(placeOn(cpus, polled)!.remarks).toEqual(["isolated 1-2"]);
  });

  it("says where both are threads of one core, or on two nodes", () => {
    expect(placeOn(machine(2, 2), polled)!.remarks).toEqual(["threads of one core"]);
    const apart = plainCpus([0, 1]).map((one) => ({ ...one, node: one.cpu }));
    expect(placeOn(apart, polled)!.remarks).toEqual(["nodes 0 and 1"]);
  });

  it("takes the CPUs that the user names, and says so", () => {
    const placed = placeOn(plainCpus([0, 1, 2, 3]), polled, [3, 1])!;
    expect(describePlacement(placed)).toBe(
      "generator CPU 3, kernel's receive CPU 3, forwarder and sink CPU 1, as asked for",
    );
  });

  it("refuses a CPU that the process may not use, and names those that it may", () => {
    expect(() => placeOn(plainCpus([0, 1]), polled, [0, 4])).toThrow(
      expect.objectContaining({
        exitStatus: ExitStatus.input,
        message: "this process may not run on CPU 4",
        remedy: expect.stringContaining("name two of CPUs 0-1"),
      }),
    );
  });

  it("is told with who has the CPUs before all else", () => {
    expect(describePlacement(placeOn(plainCpus([2, 5]), polled)!, "real-time")).toBe(
      "generator CPU 2, kernel's receive CPU 2, forwarder and sink CPU 5, real-time",
    );
  });

  it("takes the tester's CPU from the machine that it is on", () => {
    const [here, there] = [plainCpus([2, 5]), plainCpus([0, 1, 2])];
    expect(describePlacement(placeApart(here, there, polled))).toBe(
      "generator CPU 0 of the tester's machine, kernel's receive where the ports interrupt, forwarder CPU 5",
    );
    expect(describePlacement(placeApart(here, there, { kind: "attached" }, [1, 2]))).toBe(
      "generator CPU 1 of the tester's machine, kernel's receive CPU 2, forwarder CPU 2, as asked for",
    );
  });

  it("needs two CPUs on both machines, and says which has one", () => {
    const [one, two] = [plainCpus([0]), plainCpus([0, 1])];
    expect(() => placeApart(two, one, polled)).toThrow("and the tester's machine has one");
    expect(() => placeApart(one, two, polled)).toThrow("and this machine has one");
    expect(() => placeApart(two, two, polled, [7, 0])).toThrow("may not run on CPU 7");
  });
});
