import { ipv4Forward, kernelWorkOf, workloads } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import type { Planted } from "../src/matrix/planted.ts";
import { requirePlanted, withNeedlessWork } from "../src/trial/plant.ts";

const hop = { destinationMac: "02:00:00:00:00:04", sourceMac: "02:00:00:00:00:03" };
const macs = { destinationMac: "02:00:00:00:00:01", sourceMac: "02:00:00:00:00:02" };
const kinds: Planted["kind"][] = ["instructions", "syscall", "copy"];

/** Four random frames in a memory, forwarded by a workload: the memory, the lengths, the drops. */
function forwarded(workload: typeof ipv4Forward) {
  const memory = new Uint8Array(8192).fill(0x5a);
  using form = workload.newFastForm({ memory, burst: 4, hop });
  const { batch } = form;
  const next = workload.randomFrames(11, macs);
  for (batch.count = 0; batch.count < 4; batch.count++) {
    const { frame } = next();
    batch.offset[batch.count] = batch.count * 2048;
    batch.length[batch.count] = frame.length;
    memory.set(frame, batch.count * 2048);
  }
  form.forward();
  return { memory, lengths: [...batch.length], drops: [...form.drops] };
}

describe("planted work", () => {
  const all = workloads.flatMap((workload) => kinds.map((kind) => ({ workload, kind })));

  it.each(all)("of kind $kind leaves to $workload.name what becomes of a frame", (one) => {
    const planted = withNeedlessWork(one.workload, { kind: one.kind, count: 40 });
    expect(forwarded(planted)).toEqual(forwarded(one.workload));
  });

  it("copies by the columns of a batch, and leaves frames in a path's list for the others", () => {
    const inPlace = { form: "frames" } as const;
    const asked = kinds.map((kind) => {
      let given: unknown;
      const newFastForm: typeof ipv4Forward.newFastForm = (parts) => {
        given = parts.inPlace;
        return ipv4Forward.newFastForm({ ...parts, inPlace: undefined });
      };
      const planted = withNeedlessWork({ ...ipv4Forward, newFastForm }, { kind, count: 1 });
      using _form = planted.newFastForm({ memory: new Uint8Array(64), burst: 1, hop, inPlace });
      return given;
    });
    expect(asked).toEqual([inPlace, inPlace, undefined]);
  });

  it.each(workloads)("of instructions goes into the program of $name in the kernel", (workload) => {
    const planted = withNeedlessWork(workload, { kind: "instructions", count: 40 });
    expect(kernelWorkOf(planted, hop).idleInstructions).toBe(40);
    expect(kernelWorkOf(workload, hop).idleInstructions).toBe(0);
  });

  it.each(["syscall", "copy"] as const)("of kind %s is refused there", (kind) => {
    const planted = withNeedlessWork(ipv4Forward, { kind, count: 1 });
    expect(() => kernelWorkOf(planted, hop)).toThrow(/no burst in user space for a/);
  });

  it("that a path asks for no form of is refused: its row would claim the work", () => {
    const work = { kind: "instructions", count: 40 } as const;
    const [idle, polled, attached] = [0, 1, 2].map(() => withNeedlessWork(ipv4Forward, work));
    expect(() => requirePlanted(idle!, "kernel-sockets", "ip-forward")).toThrow(
      "--plant-work has no effect on kernel-sockets/ip-forward",
    );
    forwarded(polled!);
    kernelWorkOf(attached!, hop);
    for (const used of [polled!, attached!]) {
      expect(() => requirePlanted(used, "xdp", "native")).not.toThrow();
    }
  });
});
