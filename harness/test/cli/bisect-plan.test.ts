/** `iopath bisect` and `bisect-step`: what their flags come down to, and what is refused. */
import { describe, expect, it, vi } from "vitest";
import type { Plan } from "../../src/cli/plan.ts";
import { startCommand } from "../../src/cli/program.ts";

async function planOf(...args: string[]) {
  let plan: Plan | undefined;
  let complaint = "";
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaint += text;
    return true;
  });
  const status = await startCommand(args, {
    perform: async (made) => {
      plan = made;
      return 0;
    },
    interruption: new AbortController().signal,
    output: { requireWritten: async () => {} },
  }).status;
  spy.mockRestore();
  return { plan, complaint, status };
}

const kernels = ["debian:6.12", "debian:7.3"];

describe("iopath bisect", () => {
  it("has the tester beside the cell, and the gate's threshold of it", async () => {
    const { plan } = await planOf("bisect", ...kernels, "--cell", "xdp/native");
    expect(plan).toMatchObject({
      ...{ does: "bisect", kernels, profile: true },
      cell: {
        ...{ variant: "xdp/native", within: 0.002 },
        section: {
          place: { kind: "guest", machine: "igb", clock: "instructions" },
          paths: { "tester-only": ["direct"], xdp: ["native"] },
        },
      },
    });
  });

  it("may be of the tester itself", async () => {
    const { plan } = await planOf("bisect", ...kernels, "--cell", "tester-only/direct");
    expect(plan).toMatchObject({ cell: { section: { paths: { "tester-only": ["direct"] } } } });
  });

  it.each([
    [["debian:6.12", "--cell", "xdp/native"], "a bisect of 1 kernel has no middle"],
    [
      [...kernels, "debian:7.3", "--cell", "xdp/native"],
      "kernels debian:7.3 and debian:7.3 have one",
    ],
    [[...kernels, "--cell", "xdp/fast"], "no variant named xdp/fast"],
    [[...kernels, "--cell", "xdp/native", "--burst", "1,64"], "with these flags is 2 cells"],
    [[...kernels, "./nowhere", "--cell", "xdp/native"], "no kernel at"],
  ])("refuses %j", async (args, message) => {
    const { plan, complaint, status } = await planOf("bisect", ...args);
    expect({ plan, status }).toEqual({ plan: undefined, status: 3 });
    expect(complaint).toContain(message);
  });
});

describe("iopath bisect-step", () => {
  const step = ["bisect-step", "/usr", "--cell", "xdp/native"];

  it("takes the figures on both sides", async () => {
    const { plan } = await planOf(...step, "--good", "6,144", "--bad", "6860");
    expect(plan).toMatchObject({
      ...{ does: "bisect-step", kernel: "/usr" },
      figures: { good: 6144, bad: 6860, within: 0.002 },
    });
  });

  it.each([
    [["--good", "6144", "--bad", "6150"], "can't be told apart"],
    [["--good", "6144"], "--bad"],
    [["--good", "none", "--bad", "6150"], "not instructions per frame"],
  ])("answers what is wrong with its flags by giving up, not by `bad`: %j", async (flags, told) => {
    const { complaint, status } = await planOf(...step, ...flags);
    expect(status).toBe(128);
    expect(complaint).toContain(told);
  });
});
