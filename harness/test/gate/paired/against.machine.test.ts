import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { namespaceNames } from "@iopath/lab";
import { afterAll, describe, expect, it } from "vitest";
import { laneFiles, ownRevision } from "../../../src/trial/revision.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-against-"));
afterAll(() => rmSync(folder, { recursive: true }));

function startGate(revision: string, ...flags: string[]): ChildProcess {
  const args = ["gate", "--against", revision, "--path", "xdp", "--variant", "native", ...flags];
  return spawn(join(ownRevision.root, "harness/bin/iopath"), [...args, "--out", folder], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_CACHE_HOME: folder },
  });
}

/** What this process has among git's work trees and the namespaces. */
function ownedBy(pid: number): string[] {
  const options = { cwd: ownRevision.root, encoding: "utf8" } as const;
  const trees = spawnSync("git", ["worktree", "list", "--porcelain"], options).stdout.split("\n");
  return [...trees, ...namespaceNames()].filter((name) => name.includes(`iopath-${pid}-`));
}

/** Processes of its lanes, and not of git, which is asked for a lane's file by name. */
function lanesOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  const isLane = (child: string) => {
    const line = spawnSync("cat", [`/proc/${child}/cmdline`], { encoding: "utf8" }).stdout;
    return line.includes(laneFiles[0]) && !line.startsWith("git\0");
  };
  return children.filter((child) => child !== "" && isLane(child)).map(Number);
}

const endOf = (child: ChildProcess) => new Promise((done) => child.once("close", done));

describe("iopath gate --against", () => {
  it("sets this work tree beside another revision, and says what it found", async () => {
    const child = startGate("HEAD", "--within", "0.1", "--max-minutes", "3", "--json");
    const ended = endOf(child);
    const complaint = text(child.stderr!);
    const out = await text(child.stdout!);
    expect(await ended, await complaint).toBe(0);
    const result = JSON.parse(out);
    expect(result.cells).toMatchObject([
      { cell: expect.stringMatching(/^xdp\/native/), verdict: "pass", clock: "wall" },
    ]);
    expect(result.baseline).toMatch(/^HEAD \(/);
    expect(result.cells[0].interval.low).toBeLessThan(result.cells[0].interval.high);
    expect(readFileSync(join(folder, "gate.json"), "utf8")).toContain('"verdict": "pass"');
    expect(ownedBy(child.pid!)).toEqual([]);
  });

  it("ends with 2 when a lane dies, and says which one and how", async () => {
    const child = startGate("HEAD", "--max-minutes", "3");
    const ended = endOf(child);
    const out = text(child.stdout!);
    let lane: number | undefined;
    for (let i = 0; i < 1200 && !lane; i++) {
      lane = lanesOf(child.pid!)[0];
      await sleep(50);
    }
    process.kill(lane!, "SIGKILL");
    expect(await ended).toBe(2);
    expect(await out).toMatch(/could not be measured: xdp\/native.*the lane of .*SIGKILL/);
    expect(ownedBy(child.pid!)).toEqual([]);
  });

  it("ends with 2 when there is no such revision", async () => {
    const child = startGate("no-such-revision");
    const complaint = text(child.stderr!);
    expect(await endOf(child)).toBe(2);
    expect(await complaint).toMatch(/no revision named no-such-revision in this repository/);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const child = startGate("HEAD");
    const ended = endOf(child);
    for (let i = 0; i < 600 && ownedBy(child.pid!).length < 5; i++) await sleep(200);
    expect(ownedBy(child.pid!)).toHaveLength(5); // a work tree and the namespaces of two labs
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(ownedBy(child.pid!)).toEqual([]);
  });
});
