/** What `iopath profile` takes, and how it refuses the rest. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GuestPlace } from "@iopath/lab";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Plan, ProfilePlan } from "../../src/cli/plan.ts";
import { startCommand } from "../../src/cli/program.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-profile-plan-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const sizes = { frameBytes: [64], windows: [64] };
const onHost = { ...sizes, paths: { xdp: ["native"] } };
const counted = { place: "guest", clock: "instructions" };
const inGuest = {
  ...sizes,
  ...counted,
  paths: { "tester-only": ["direct"], xdp: ["native", "af-xdp"] },
};
const write = (name: string, config: object) => {
  const file = join(folder, name);
  writeFileSync(file, `export default ${JSON.stringify(config)};`);
  return file;
};
const host = write("host.ts", [onHost]);
const both = write("both.ts", [onHost, inGuest]);

async function answerTo(...args: string[]): Promise<{ plan?: Plan; status: number; said: string }> {
  let plan: Plan | undefined;
  let said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
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
  return plan ? { plan, status, said } : { status, said };
}

async function planOf(
  ...args: string[]
): Promise<{ plan?: ProfilePlan; status: number; said: string }> {
  const { plan, ...rest } = await answerTo("profile", ...args);
  return plan?.does === "profile" ? { plan, ...rest } : rest;
}

const pathsOf = (plan: ProfilePlan | undefined) => plan?.config.map(({ paths }) => paths);

describe("the cells", () => {
  it("are those named, in a section that counts in a guest", async () => {
    const { plan } = await planOf(
      "xdp/native",
      "tester-only/direct",
      "--window",
      "1",
      "--machine",
      "virtio-sriov",
    );
    expect(pathsOf(plan)).toEqual([{ xdp: ["native"], "tester-only": ["direct"] }]);
    expect(plan!.config[0]).toMatchObject({
      place: { kind: "guest", clock: "instructions", machine: "virtio-sriov" },
      windows: [1],
    });
  });

  it("of a config are those of its sections that count", async () => {
    const { plan } = await planOf("--config", both);
    expect(pathsOf(plan)).toEqual([inGuest.paths]);
  });

  it("of a config are narrowed by names", async () => {
    const { plan } = await planOf("xdp/af-xdp", "--config", both);
    expect(pathsOf(plan)).toEqual([{ xdp: ["af-xdp"] }]);
  });

  it("have the one to compare with among them, which is not shown", async () => {
    const { plan } = await planOf("xdp/native", "--against", "xdp/af-xdp");
    expect(pathsOf(plan)).toEqual([{ xdp: ["native", "af-xdp"] }]);
    expect(plan).toMatchObject({ shown: ["xdp/native"], against: { variant: "xdp/af-xdp" } });
  });

  it("are on another kernel as well, which they are to be compared with", async () => {
    const { plan } = await planOf("xdp/native", "--kernel", "debian:7.3", "--against", "debian");
    expect(plan).toMatchObject({ shown: ["xdp/native"], against: { kernel: "debian" } });
    expect(plan!.config.map(({ place }) => place)).toEqual([
      { kind: "guest", clock: "instructions", machine: "igb", kernel: "debian:7.3" },
      { kind: "guest", clock: "instructions", machine: "igb" },
    ]);
  });

  it("are on each kernel once, of which one may be that to compare with", async () => {
    const kernels = ["debian:6.12", "debian:7.3"];
    const { plan } = await planOf(
      ...["xdp/native", "--kernel", kernels.join(), "--against", "debian:6.12"],
    );
    const places = plan!.config.map(({ place }) => place);
    expect(places.map((place) => (place as GuestPlace).kernel)).toEqual(kernels);
  });

  it("can be compared with a kernel of one's own that --kernel names, before a folder", async () => {
    const { plan } = await planOf(
      "xdp/native",
      "--kernel",
      `debian,${folder}`,
      "--against",
      folder,
    );
    expect(plan?.against).toEqual({ kernel: folder });
  });

  it("can be compared with a folder", async () => {
    const { plan } = await planOf("xdp/native", "--against", folder);
    expect(plan?.against).toEqual({ folder });
  });
});

describe("what can't be profiled", () => {
  it.each([
    [[], "nothing to profile", "iopath profile PATH/VARIANT"],
    [["xdp"], "no variant named xdp", "variants of xdp are native"],
    [["xdp/warp"], "no variant named xdp/warp", "variants of xdp are native"],
    [["warp/native"], "no variant named warp/native", "paths are"],
    [["--config", host], "counts no instructions", 'clock: "instructions"'],
    [["tc/x", "--config", both], "no variant named tc/x", "paths are"],
    [["xdp/tc", "--config", both], "no section that counts", "iopath profile xdp/tc"],
    [["xdp/native", "--place", "host"], "--place host has no effect on profile", "--place guest"],
    [["xdp/native", "--against", "nowhere"], "no such variant, and no folder", "PATH/VARIANT"],
    [["xdp/native", "--against", "xdp/native"], "the variant itself", "another variant"],
    [["xdp/native", "--against", "debian"], "the kernel itself", "--kernel"],
    [["xdp/native", "--against", "debian:six"], "no kernel is named debian:six", "iopath kernels"],
    [["xdp/native", "--machine", "warp"], "warp", "igb"],
  ])("%j is refused with what to do", async (args, message, remedy) => {
    const { plan, status, said } = await planOf(...args);
    expect(plan).toBeUndefined();
    expect([3, 4]).toContain(status);
    expect(said).toContain(message);
    expect(said).toContain(remedy);
  });
});

describe("a run", () => {
  it("profiles those of its sections that count, when it is asked to", async () => {
    const { plan } = await answerTo("run", "--config", both, "--profiles");
    const config = plan?.does === "measure" ? plan.config : [];
    expect(config.map(({ profiles = false }) => profiles)).toEqual([false, true]);
  });

  it("refuses to profile what takes only time", async () => {
    const { status, said } = await answerTo("run", "--config", host, "--profiles");
    expect(status).toBe(3);
    expect(said).toContain(
      "--profiles has no effect with --config: no section that is left counts instructions",
    );
  });

  it("refuses a section that is to be profiled on a host", async () => {
    const wrong = write("wrong.ts", { ...onHost, profiles: true });
    const { status, said } = await answerTo("run", "--config", wrong);
    expect(status).toBe(4);
    expect(said).toContain('`profiles` is for sections with `place: "guest"`');
  });
});
