/** The worked example of docs/write-a-path.md: it obeys the laws, and its config measures it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { laws } from "@iopath/contract";
import { VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, describe, expect, it } from "vitest";
import { openSubject } from "./lab-subject.ts";
import { readRows } from "./rows.ts";
import { path as sixthPath } from "./sixth-path/src/index.ts";

const root = resolve(import.meta.dirname, "..");
/** Ends a hang; a guest boots in seconds where the machine is quiet. */
const guestLimitMs = 600_000;

describe("the sixth path", () => {
  const lab = new VethLab();
  afterAll(() => lab[Symbol.dispose]());
  const { testbed } = lab;

  it("is supported", () => {
    const support = inNamespace(testbed.forwarderNamespace, () =>
      sixthPath.probe("udp-frame", testbed.ports, ipv4Forward),
    );
    expect(support).toEqual({ ok: true });
  });

  it.each(laws.map((law) => [law.name, law] as const))("%s", async (_name, law) => {
    using subject = openSubject(testbed, sixthPath, "udp-frame");
    expect(await law.check(subject, 20_261_125)).toBeUndefined();
  });
});

describe("the config of docs/write-a-path.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "iopath-sixth-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const config = ["--config", "test/sixth-path/bench.config.ts"];
  const few = ["--path", "sixth-path", "--rounds", "1", "--samples", "20"];
  const rowOf = (out: string) => readRows(out).find(({ path }) => path === "sixth-path")!;

  it("lists, tries, verifies and measures the path, with a row in the CSV", () => {
    expect(iopath("list", ...config)).toContain("sixth-path/udp-frame/64B");
    expect(iopath("doctor", ...config)).toMatch(/ok +sixth-path\/udp-frame/);
    const verified = iopath("verify", ...config, "--path", "sixth-path", "--frames", "2000");
    expect(verified).toContain("sixth-path/udp-frame");
    const out = join(folder, "host");
    iopath("run", ...config, ...few, "--out", out);
    expect(rowOf(out)).toMatchObject({
      variant: "udp-frame",
      status: "measured",
      frames_verified: 2000,
    });
    expect(rowOf(out).syscalls_per_frame).toBeGreaterThanOrEqual(2);
  });

  it("goes on with a run from its journal alone", () => {
    const out = join(folder, "host");
    iopath("run", "--resume", "--out", out);
    expect(rowOf(out)).toMatchObject({ status: "measured" });
    expect(iopath("show", out)).toContain("sixth-path");
  });

  it("measures the path in a guest", { timeout: guestLimitMs }, () => {
    const out = join(folder, "guest");
    iopath("run", ...config, ...few, "--place", "guest", "--out", out);
    expect(rowOf(out)).toMatchObject({ place: "guest", status: "measured" });
  });
});

/** @returns what was printed; throws with the complaint unless the command ends well */
function iopath(...args: string[]): string {
  const program = join(root, "harness/bin/iopath");
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    timeout: guestLimitMs,
  });
  if (status !== 0) throw new Error(`iopath ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
