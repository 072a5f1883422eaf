/**
 * The worked example of docs/write-a-path.md: its code obeys the laws, and its steps give a sixth
 * path.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { laws } from "@iopath/contract";
import { VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSubject } from "./lab-subject.ts";
import { readRows } from "./rows.ts";
import { sixthPath } from "./sixth-path/src/index.ts";

const root = resolve(import.meta.dirname, "..");
const limitMs = 300_000;

describe("the sixth path", () => {
  const lab = new VethLab();
  afterAll(() => lab[Symbol.dispose]());
  const { testbed } = lab;

  it("is supported", () => {
    const support = inNamespace(testbed.forwarderNamespace, () =>
      sixthPath.probe("udp-frame", testbed.ports),
    );
    expect(support).toEqual({ ok: true });
  });

  it.each(laws.map((law) => [law.name, law] as const))("%s", async (_name, law) => {
    using subject = openSubject(testbed, sixthPath, "udp-frame");
    expect(await law.check(subject, 20_261_125)).toBeUndefined();
  });
});

describe("a project with the steps of docs/write-a-path.md", () => {
  const project = mkdtempSync(join(tmpdir(), "iopath-sixth-"));
  beforeAll(() => copyProject(project));
  afterAll(() => rmSync(project, { recursive: true }));

  it("lists, verifies and measures it, with a row in the CSV", () => {
    expect(iopath(project, "list", "--place", "host", "--path", "sixth-path")).toContain(
      "sixth-path/udp-frame/64B",
    );
    const verified = iopath(project, "verify", "--path", "sixth-path", "--frames", "2000");
    expect(verified).toContain("sixth-path/udp-frame");
    const out = join(project, "out");
    const few = ["--frame-bytes", "64", "--window", "64", "--rounds", "1", "--samples", "20"];
    iopath(project, "run", "--place", "host", "--out", out, "--path", "null,sixth-path", ...few);
    const row = readRows(out).find(({ path }) => path === "sixth-path");
    expect(row).toMatchObject({ variant: "udp-frame", status: "measured", frames_verified: 2000 });
    expect(row!.syscalls_per_frame).toBeGreaterThanOrEqual(2);
  });
});

const page = readFileSync(join(root, "docs/write-a-path.md"), "utf8");
/** What the page says to write into the list of paths, and into the config. */
const [listLine, configEntry] = page.match(/(?<=^ {4})"sixth-path": .*$/gm)! as [string, string];

/** The project without its history, and the three steps done. */
function copyProject(to: string): void {
  const skipped = new Set(["node_modules", ".git", ".nx", ".test-results", "latest", "published"]);
  const filter = (from: string) => !skipped.has(from.split("/").at(-1)!);
  cpSync(root, to, { recursive: true, filter });
  // 1. A folder under packages/.
  cpSync(join(root, "test/sixth-path"), join(to, "packages/sixth-path"), { recursive: true });
  // 2. A line in the list of paths.
  const list = join(to, "harness/src/paths/loaders.ts");
  const first = '  "kernel-sockets": async';
  writeFileSync(list, readFileSync(list, "utf8").replace(first, `  ${listLine}\n${first}`));
  // 3. An entry in the config.
  const config = join(to, "bench.config.ts");
  const entry = '"kernel-sockets": [';
  writeFileSync(
    config,
    readFileSync(config, "utf8").replace(entry, `${configEntry}\n    ${entry}`),
  );
  linkPackages(to);
}

/** What `npm install` would do: packages of others from where they are, our own from the copy. */
function linkPackages(to: string): void {
  const from = join(root, "node_modules");
  const own = join(to, "node_modules/@iopath");
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== "@iopath") symlinkSync(join(from, name), join(to, "node_modules", name));
  }
  for (const name of readdirSync(join(to, "packages"))) {
    symlinkSync(join(to, "packages", name), join(own, name));
  }
  symlinkSync(join(to, "harness"), join(own, "harness"));
}

/** @returns what was printed; throws with the complaint unless the command ends well */
function iopath(project: string, ...args: string[]): string {
  const program = join(project, "harness/bin/iopath");
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: limitMs,
  });
  if (status !== 0) throw new Error(`iopath ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
