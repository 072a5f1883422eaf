/** A gate whose disk is full: a small file system of the test's own, filled to its end. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { iopath } from "./command.ts";

const disk = mkdtempSync(join(tmpdir(), "iopath-full-"));
const rows = `${disk}-rows.csv`;
const [base, history] = [join(disk, "base.csv"), join(disk, "history.csv")];
let wrote: Record<string, string>;

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

/** So many cells, each of which costs `p10`. */
function writeRows(cells: number, p10: number): void {
  const head =
    "cell,place,clock,unit,status,reason,samples,p10,kernel,qemu,guest_command,cpu_model,node,iopath,revision,started_at";
  const lines = Array.from({ length: cells }, (_, i) => {
    return `xdp/cell${i},guest,instructions,instructions/frame,measured,,200,${p10},6.1,10,qemu,TCG,26,0.1,abc,2026-11-24T12:00:00.000Z`;
  });
  writeFileSync(rows, `${[head, ...lines].join("\n")}\n`);
}

function fill(): void {
  let page = 0;
  try {
    for (; page < 64; page++) writeFileSync(join(disk, `filler${page}`), Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return;
    throw error;
  }
  throw new Error("the disk does not get full");
}

const update = () => iopath("baseline", "update", "--rows", rows, "--baseline", base);
const gate = (...flags: string[]) =>
  iopath("gate", "--rows", rows, "--baseline", base, "--out", `${disk}-out`, ...flags);

beforeAll(async () => {
  run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk);
  writeRows(3, 1000);
  expect(await update()).toMatchObject({ status: 0, complaint: "" });
  expect(await gate("--history", history)).toMatchObject({ status: 0, complaint: "" });
  fill();
  wrote = { base: readFileSync(base, "utf8"), history: readFileSync(history, "utf8") };
  writeRows(300, 900); // several pages: none of them fits
});

afterAll(() => {
  run("umount", disk);
  rmdirSync(disk);
  run("rm", "-rf", rows, `${disk}-out`);
});

describe("on a full disk", () => {
  it("the baseline stays as it was, and no half-written file is left beside it", async () => {
    expect(await update()).toMatchObject({
      status: 2,
      complaint: expect.stringMatching(/base\.csv can't be written \(ENOSPC/),
    });
    expect(readFileSync(base, "utf8")).toBe(wrote.base);
    expect(readdirSync(disk).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it("so does the history, and the gate says that it could not run", async () => {
    expect(await gate("--history", history)).toMatchObject({
      status: 2,
      complaint: expect.stringMatching(/history\.csv can't be written \(ENOSPC/),
    });
    expect(readFileSync(history, "utf8")).toBe(wrote.history);
  });

  it("a report that can't be written is no verdict", async () => {
    expect(await gate("--no-history", "--out", join(disk, "out"))).toMatchObject({
      status: 2,
      complaint: expect.stringMatching(/can't be written \(ENOSPC/),
    });
  });
});
