import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ip, lockMachine, VethLab } from "@iopath/lab";
import { afterAll, describe, expect, it } from "vitest";
import { runTrial } from "../harness/src/trial/spawn-trial.ts";

const command = resolve(import.meta.dirname, "../harness/bin/iopath");
const quiet = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "iopath-refusals-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command in a user namespace without a mapping: not root, and without capabilities. */
function withoutRoot(
  ...args: string[]
): Promise<{ status: number; complaint: string; out: string }> {
  return new Promise((done) => {
    execFile(
      "unshare",
      ["--user", command, ...args],
      { timeout: 300_000 },
      (error, out, complaint) => {
        done({ status: typeof error?.code === "number" ? error.code : 0, complaint, out });
      },
    );
  });
}

describe("without root", () => {
  // A guest needs no root: what can be measured without it would be.
  it.each([["run", "--place", "host", "--out", folder], ["verify"]])(
    "%s says what is missing and what to do",
    async (...args) => {
      const { status, complaint } = await withoutRoot(...args);
      expect(complaint).toContain("needs root");
      expect(complaint).toContain("sudo");
      expect(complaint).not.toMatch(/\n\s+at /);
      expect(status).toBe(2);
    },
  );

  it.each([
    ["run", "--place", "host", "--out", folder],
    ["verify"],
    ["gate", "--against", "HEAD", "--path", "xdp", "--variant", "native", "--out", folder],
  ])("%s says so before it waits for other runs", async (...args) => {
    using _measuring = await lockMachine({ waitMs: 0, onWait: () => {} });
    const { status, complaint } = await withoutRoot(...args);
    expect(complaint).toMatch(/^iopath: making network namespaces needs root\n/);
    expect(status).toBe(2);
  });

  it("doctor still reports on every path", async () => {
    const { status, out } = await withoutRoot("doctor");
    expect(status).toBe(0);
    expect(out).toContain("xdp/native");
    expect(out).toContain("sudo");
  });
});

describe("a trial", () => {
  it("refuses a port that carries the default route", async () => {
    using lab = new VethLab();
    const { testbed } = lab;
    ip(
      "-n",
      testbed.forwarderNamespace!,
      "route",
      "add",
      "default",
      "via",
      "10.0.2.2",
      "dev",
      "port1",
    );
    const order = {
      testbed: { ...testbed, shared: true }, // as interfaces of the user's are
      role: "verify" as const,
      path: "xdp",
      variant: "native",
      burst: 8,
      frames: 10,
      seed: 1,
    };
    const result = await runTrial(order, 300_000, quiet);
    expect(result).toMatchObject({ status: "failed" });
    expect(JSON.stringify(result)).toContain("port1 carries a default route");
  });

  it("that loses its frames fails within its deadline, and says how many", async () => {
    using lab = new VethLab();
    const { testbed } = lab;
    ip("-n", testbed.forwarderNamespace!, "link", "set", "port1", "down");
    const order = {
      ...{
        testbed,
        role: "closed-loop" as const,
        path: "kernel-sockets",
        variant: "packet-mmsg",
        burst: 8,
      },
      ...{ frameBytes: 64, window: 4, warmUpWindows: 0, samples: 5 },
    };
    const result = await runTrial(order, 300_000, quiet);
    expect(JSON.stringify(result)).toContain("4 of 4 frames did not come back within");
  });

  it.each([
    ["kernel-sockets", "packet-ring", 1024, 512],
    ["xdp", "af-xdp", 4096, 2048],
  ])(
    "of %s/%s whose ring overflows fails with how many found no room, the next unharmed",
    async (path, variant, window, room) => {
      using lab = new VethLab();
      const { testbed } = lab;
      const order = {
        ...{
          testbed,
          role: "closed-loop" as const,
          path,
          variant,
          burst: 64,
          frameBytes: 64,
          window,
        },
        ...{ warmUpWindows: 0, samples: 5 },
      };
      const result = await runTrial(order, 300_000, quiet);
      expect(result).toMatchObject({ status: "failed" });
      const why = JSON.stringify(result);
      expect(why).toContain(`${window - room} of ${window} frames did not come back within`);
      expect(why).toContain(`no room for ${window - room}`);
      expect(await runTrial({ ...order, window: 64 }, 300_000, quiet)).toMatchObject({
        status: "measured",
      });
    },
  );

  it("that is ended by a signal fails with the signal's name", async () => {
    using lab = new VethLab();
    const order = {
      testbed: lab.testbed,
      role: "verify" as const,
      path: "xdp",
      variant: "native",
      burst: 8,
      frames: 1e6,
      seed: 1,
    };
    const result = await runTrial(order, 700, quiet);
    expect(result).toMatchObject({ status: "failed" });
    expect(JSON.stringify(result)).toContain("SIGKILL");
  });
});
