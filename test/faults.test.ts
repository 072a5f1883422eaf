/**
 * Whatever system call fails, the user gets a message and a documented exit status, and nothing
 * half made is left behind. Each system call of each command fails once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { iopath } from "./command.ts";
import { writeFixture } from "./faults/fixture.ts";
import { tryCommand } from "./faults/try-command.ts";

const fixture = mkdtempSync(join(tmpdir(), "iopath-fixture-"));
afterAll(() => rmSync(fixture, { recursive: true }));
const seed = Date.now() & 0x7fff_ffff;

const at = (name: string) => join(fixture, name);
beforeAll(async () => {
  writeFixture(fixture);
  const update = ["baseline", "update", "--rows", at("rows.csv"), "--baseline", at("base.csv")];
  expect((await iopath(...update)).status).toBe(0);
  const files = ["--history", at("history.csv"), "--out", at("gate")];
  const gate = ["gate", "--rows", at("rows.csv"), "--baseline", at("base.csv"), ...files];
  expect((await iopath(...gate)).status).toBe(0);
});

const gate = ["gate", "--rows", "rows.csv", "--baseline"];
const publish = ["publish", "run", "--allow-dirty", "--allow-unverified"];

describe.concurrent("a failing system call is reported in words by", () => {
  it.each([
    [["list", "--config", "config.ts"]],
    [["run", "--config", "config.ts", "--dry-run"]],
    [["run", "--resume", "--out", "nothing"]],
    [["show", "run"]],
    [["show", "run", "--rewrite"]],
    [["compare", "run", "run", "--page", "page.html"]],
    [[...publish, "--to", "published"]],
    [["trend", "--history", "history.csv"]],
    [["baseline", "update", "--rows", "rows.csv", "--baseline", "base.csv"]],
    [[...gate, "base.csv", "--history", "history.csv"]],
    [[...gate, "HEAD", "--no-history"]],
    [["verify", "--pcap", "no.pcap"]],
    [["gate", "--against", "no-such-revision"]],
    [["--version"]],
  ])("iopath %j", async (args) => {
    const codes = ["EACCES", "ENOSPC", "EROFS", "ENOENT", "EMFILE"] as const;
    const tried = await tryCommand({ args, codes, fixture, sample: 14, seed });
    expect(tried.violations, `seed ${seed}`).toEqual([]);
    expect(tried.attempts).toBeGreaterThan(0);
  });
});
