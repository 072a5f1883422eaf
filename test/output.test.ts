/**
 * Where a user sends what the command prints: a pipe whose reader goes away, a disk that is full.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { iopath, iopathFile } from "./command.ts";

describe("standard output", () => {
  it("may be closed by its reader before the end", async () => {
    const child = spawn(iopathFile, ["list"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    const complaint = text(child.stderr);
    const [status] = await once(child, "close");
    expect({ status, complaint: await complaint }).toEqual({ status: 0, complaint: "" });
  });

  it.each([
    [6, ["list"]],
    [2, ["gate", "--help"]],
    [6, ["--version"]],
  ])("on a full disk is reported in words, with status %d: %j", async (status, args) => {
    const full = openSync("/dev/full", "w");
    const child = spawn(iopathFile, args, { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const ended = once(child, "close");
    const complaint = await text(child.stderr!);
    expect(complaint).toMatch(
      /^iopath: standard output can't be written \(ENOSPC, .*\)\nmake room/,
    );
    expect((await ended)[0]).toBe(status);
  });
});

it("with too few descriptors for Node to start is refused in words", async () => {
  const limited = ["sh", ["-c", 'ulimit -n 20; exec "$0" list', iopathFile]] as const;
  const child = spawn(...limited, { stdio: ["ignore", "pipe", "pipe"] });
  const complaint = text(child.stderr);
  const [status] = await once(child, "close");
  expect(await complaint).toMatch(/^iopath: this process may open 20 files, .*\nraise the limit: /);
  expect(status).toBe(2);
});

describe("--version", () => {
  it("names version and commit, as a report needs them", async () => {
    const { out, status } = await iopath("--version");
    expect(out).toMatch(
      /^iopath \d+\.\d+\.\d+ \(commit ([0-9a-f]{12}(, with changes)?|unknown)\), Node /,
    );
    expect(status).toBe(0);
    expect((await iopath("-V")).out).toBe(out);
  });
});
