import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Testbed } from "@iopath/lab";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ownRevision } from "../src/trial/revision.ts";
import { parseAnswer, programOf, runTrial } from "../src/trial/spawn-trial.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-spawn-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const end = { device: "port0", mac: "02:00:00:00:00:01", ipv4: "10.0.1.1" };
const port = { ...end, queue: 0, neighbor: end };
const testbed: Testbed = { class: "virtual", ports: [port, port], wires: [end, end] };
const order = {
  ...{ testbed, role: "probe" as const, path: "no-such-path", variant: "native", burst: 1 },
};
const quiet = new AbortController().signal;

describe("a trial", () => {
  it("that can't be started has failed, and says why", async () => {
    const program = programOf(ownRevision, "/no/such/node");
    expect(await runTrial(order, 60_000, quiet, program)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/^program \/no\/such\/node can't be started \(ENOENT, /),
    });
  });

  it("is heard through what a user preloads with NODE_OPTIONS", async () => {
    const preload = join(folder, "preload.cjs");
    writeFileSync(preload, 'console.log("{ preloaded }"); process.stdout.write("and more");');
    vi.stubEnv("NODE_OPTIONS", `--require ${preload}`);
    expect(await runTrial(order, 60_000, quiet)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/^no path named no-such-path\n/),
    });
  });

  it("that prints no result is shown with what it printed", () => {
    const result = parseAnswer('hello\n{"status":"tired"}\n');
    expect(result).toMatchObject({ reason: expect.stringMatching(/answered no result: hello/) });
  });
});
