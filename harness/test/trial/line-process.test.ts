import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { afterAll, expect, it } from "vitest";
import { z } from "zod";
import { LineProcess } from "../../src/trial/line-process.ts";
import { ownRevision } from "../../src/trial/revision.ts";
import { startProgram } from "../../src/trial/trial-process.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-lines-"));
afterAll(() => rmSync(folder, { recursive: true }));
const toError = (message: string) => new IopathError(ExitStatus.cellFailed, message);
const schema = z.object({
  status: z.enum(["ready", "done", "failed"]),
  reason: z.string().optional(),
});

function start(text: string, signal = new AbortController().signal) {
  const file = join(folder, `program${Math.random()}.mjs`);
  writeFileSync(file, text);
  const program = { revision: ownRevision, node: process.execPath, file };
  const start = () => startProgram(program);
  return new LineProcess({ what: "the forwarder", start, toError }, {}, schema, signal);
}

const ready = 'console.log(JSON.stringify({ status: "ready" }));';

it("a process that hangs is killed, and the error says whose limit was up", async () => {
  await using child = start(`${ready} process.stdin.on("data", () => { for (;;); });`);
  await child.ready();
  const asked = child.ask({ counts: true }, "done", 300);
  await expect(asked).rejects.toThrow(/the forwarder: its process was ended by SIGKILL.*300 ms/);
  expect(child.endedWell).toBe(false);
});

it("a process that dies says what it died of", async () => {
  await using child = start(`${ready} console.error("out of luck"); process.exit(3);`);
  await child.ready();
  await expect(child.ask({}, "done", 100_000)).rejects.toThrow(/status 3: out of luck/);
});

it("a process that failed is quoted, and one that is done ends with its input", async () => {
  await using failing = start(
    'console.log(JSON.stringify({ status: "failed", reason: "no veth" }));',
  );
  await expect(failing.ready()).rejects.toThrow("the forwarder: no veth");
  const good = start(`${ready} process.stdin.resume();`);
  await good.ready();
  await good[Symbol.asyncDispose]();
  expect(good.endedWell).toBe(true);
});
