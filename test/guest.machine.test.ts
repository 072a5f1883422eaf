import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "@iopath/harness";
import { parse } from "csv-parse/sync";
import { afterAll, describe, expect, it } from "vitest";
import { iopath } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-guest-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

const small = ["--frame-bytes", "64", "--window", "64", "--samples", "50", "--rounds", "1"];

/** The folders of guests that are there, whoever's they are. */
function guests(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^iopath-\d+-\d+-guest-/.test(name));
}

describe("iopath guest", () => {
  it("has the output and the exit status of the command", async () => {
    const ended = await iopath("guest", "--", "bash", "-c", "hostname; echo trouble >&2; exit 7");
    expect(ended).toMatchObject({ status: 7, out: "iopath-guest\n", complaint: "trouble\n" });
  }, 120_000);
});

describe("a run in the guest, by instructions", () => {
  it("gives rows that say so, and leaves no guest", async () => {
    const others = guests();
    const out = join(folder, "counted");
    const where = ["--place", "guest", "--clock", "instructions", "--path", "null,xdp"];
    const ended = await iopath("run", ...where, "--variant", "none,native", ...small, "--out", out);
    expect(ended.status, ended.complaint).toBe(0);
    const rows = parse(readFileSync(join(out, "results.csv"), "utf8"), { columns: true }) as Row[];
    const same = { place: "guest", class: "emulated", unit: "instructions/frame" };
    expect(rows).toEqual([
      expect.objectContaining({ ...same, path: "null", status: "measured" }),
      expect.objectContaining({ ...same, path: "xdp", status: "measured" }),
    ]);
    expect(guests().filter((name) => !others.includes(name))).toEqual([]);
  }, 120_000);
});
