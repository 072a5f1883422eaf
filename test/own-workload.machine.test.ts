/** The worked example of docs/workloads.md: its config verifies it and measures it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRows } from "./rows.ts";

const root = resolve(import.meta.dirname, "..");
/** Ends a hang. */
const limitMs = 300_000;
const config = ["--config", "test/own-workload/bench.config.ts"];

describe("the config of docs/workloads.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "iopath-own-workload-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("verifies the workload in user space and in the kernel", () => {
    const chosen = ["--workload", "port-filter", "--variant", "packet-mmsg,native,tc,udp-mmsg"];
    const paths = ["--path", "xdp,kernel-sockets", "--frames", "3000"];
    const verdicts = iopath("verify", ...config, ...chosen, ...paths).split("\n");
    const passed = verdicts.filter((line) => /port-filter {2}ok .*port [1-9]/.test(line));
    expect(passed).toHaveLength(4);
  });

  it("measures it beside one of iopath's, each in rows of its own", () => {
    const few = ["--rounds", "1", "--samples", "20"];
    iopath("run", ...config, ...few, "--out", folder);
    const rows = readRows(folder);
    expect(rows.map(({ status }) => status)).toEqual(rows.map(() => "measured"));
    const names = rows.map(({ path, workload }) => `${path} ${workload}`);
    expect(names).toContain("xdp port-filter");
    expect(names).toContain("xdp ipv4-forward");
    expect(new Set(rows.map((row) => row.workload_hash)).size).toBe(2);
  });
});

function iopath(...args: string[]): string {
  const program = join(root, "harness/bin/iopath");
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    timeout: limitMs,
  });
  if (status !== 0) throw new Error(`iopath ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
