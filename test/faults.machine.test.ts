/**
 * As faults.test.ts, for commands that make labs and start trials: some of their calls, drawn at
 * random, and all calls that look for leftovers or undo changes.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VethLab } from "@iopath/lab";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runTrial } from "../harness/src/trial/spawn-trial.ts";
import { writeFixture } from "./faults/fixture.ts";
import { tryCommand } from "./faults/try-command.ts";

const fixture = mkdtempSync(join(tmpdir(), "iopath-fixture-"));
beforeAll(() => writeFixture(fixture));
afterAll(() => rmSync(fixture, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());
const seed = Date.now() & 0x7fff_ffff;

describe("a failing system call is reported in words, and leaves nothing, by", () => {
  it.each([
    [["run", "--config", "config.ts", "--out", "out"], "EACCES"],
    [
      ["verify", "--path", "kernel-sockets", "--variant", "packet-mmsg", "--frames", "50"],
      "EMFILE",
    ],
    [["clean"], "ENOSPC"],
  ] as const)("iopath %j: %s", async (args, code) => {
    const tried = await tryCommand({ args, codes: [code], fixture, sample: 5, seed });
    expect(tried.violations, `seed ${seed}`).toEqual([]);
    expect(tried.attempts).toBeGreaterThan(0);
  });
});

describe("of the calls that look for leftovers and undo changes,", () => {
  it("each is reported when it fails, by iopath verify", async () => {
    const args = [
      "verify",
      "--path",
      "kernel-sockets",
      "--variant",
      "packet-mmsg",
      "--frames",
      "5",
    ];
    const tried = await tryCommand({ args, codes: ["EMFILE"], afterLast: "spawn" });
    expect(tried.violations).toEqual([]);
    expect(tried.attempts).toBeGreaterThan(10);
  });

  it("each is reported when it fails, and the change undone later, on the user's ports", () => {
    const program = join(import.meta.dirname, "faults/try-undo.ts");
    const preload = join(import.meta.dirname, "faults/failing-calls.ts");
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", preload, program], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const tried = JSON.parse(stdout) as Record<string, { calls: number; violations: string[] }>;
    for (const [kind, { calls, violations }] of Object.entries(tried)) {
      expect(violations, kind).toEqual([]);
      expect(calls, kind).toBeGreaterThan(2);
    }
    expect(Object.keys(tried)).toEqual(["setting", "feature", "sysctl", "command"]);
  });
});

describe("a failing system call in a trial is reported in words:", () => {
  const common = { path: "kernel-sockets", variant: "packet-mmsg", burst: 8 };
  const measuring = { frameBytes: 64, window: 4, warmUpWindows: 0, samples: 5 } as const;
  const orders = [
    { ...common, role: "verify", frames: 10, seed: 1 },
    { ...common, role: "closed-loop", ...measuring },
  ] as const;

  /** Calls; a trial makes far more. */
  const callsMin = 3;

  it.each(orders)("$role", async (order) => {
    using lab = new VethLab();
    const preload = join(import.meta.dirname, "faults/failing-calls.ts");
    vi.stubEnv("NODE_OPTIONS", `--import ${preload}`);
    for (let call = 0; ; call++) {
      const failed = join(fixture, `failed-${order.role}-${call}`);
      vi.stubEnv("IOPATH_TEST_FAILING", `${call} EMFILE`);
      vi.stubEnv("IOPATH_TEST_FAILED", failed);
      const { testbed } = lab;
      const quiet = new AbortController().signal;
      const result = await runTrial({ ...order, testbed }, 300_000, quiet);
      expect(JSON.stringify(result)).not.toMatch(/\\n\s+at /);
      if (existsSync(failed)) continue;
      // A trial makes no more calls than that, and nothing failed in this one.
      expect(call).toBeGreaterThanOrEqual(callsMin);
      expect(["verified", "measured"]).toContain(result.status);
      break;
    }
  });
});
