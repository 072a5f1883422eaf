/** `iopath publish` of a run of searches. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openLoopRunOf } from "../src/open-loop/report/files.ts";
import { type OpenLoopRun, readOpenLoop, toOpenLoopJson } from "../src/open-loop/report/json.ts";
import { rebuildIndex } from "../src/publish/index-page.ts";
import { withheld } from "../src/publish/privacy.ts";
import type { PublishOptions } from "../src/publish/publish.ts";
import { publishSearches } from "../src/publish/searches.ts";
import { cellOf, fakeRun } from "./open-loop/fake-run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-publish-searches-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

let found: OpenLoopRun;
beforeAll(async () => {
  const made = openLoopRunOf(await fakeRun([cellOf({ searches: 2 })]));
  const environment = { ...made.run.environment, revisionDirty: false, revision: "a".repeat(40) };
  found = { ...made, run: { ...made.run, environment } };
});

const to = () => join(folder, "published");
const owner = { home: "/root/alice", host: "build7", user: "alice", root: "/srv/alice" };

async function publish(run: OpenLoopRun, options: Partial<PublishOptions> = {}): Promise<string> {
  const file = join(folder, "open-loop.json");
  writeFileSync(file, toOpenLoopJson(run));
  return await publishSearches(file, {
    ...{ to: to(), author: "A. Author", host: "Lab Box", owner },
    allowed: { dirty: false, unverified: false, width: 0.1 },
    ...options,
  });
}

const changedRow = (change: Partial<OpenLoopRun["rows"][number]>) => ({
  ...found,
  rows: found.rows.map((row) => ({ ...row, ...change })),
});

describe("a published run of searches", () => {
  it("is a folder with page, rows, citation and checksums that hold", async () => {
    const place = await publish(found);
    expect(place).toMatch(/published\/2026-11-30-lab-box-open-loop$/);
    const names = readdirSync(place);
    expect(names).toEqual(expect.arrayContaining(["open-loop.html", "open-loop.csv", "README.md"]));
    execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: place });
    const { version, title } = parse(readFileSync(join(place, "CITATION.cff"), "utf8"));
    expect(version).toBe(found.run.runId);
    expect(title).toContain("How many frames per second");
  });

  it("takes its own place again, and no other run's", async () => {
    const place = await publish(found);
    expect(await publish(found)).toBe(place);
    const rows = found.rows.map((row) => ({ ...row, run_id: "other" }));
    const other = { ...found, run: { ...found.run, runId: "other" }, rows };
    expect(await publish(other)).toBe(`${place}-2`);
  });

  it("tells nothing of the machine's owner", async () => {
    const reason = "no folder /srv/alice/build";
    const place = await publish(changedRow({ reason }));
    const [row] = readOpenLoop(join(place, "open-loop.json")).rows;
    expect(row!.reason).toBe(withheld);
    for (const name of readdirSync(place)) {
      expect(readFileSync(join(place, name), "utf8")).not.toContain("alice");
    }
  });

  it("is in the index, beside runs of the other kind", async () => {
    await publish(found);
    const { problems } = rebuildIndex(to());
    expect(problems).toEqual([]);
    expect(readFileSync(join(to(), "index.html"), "utf8")).toContain(
      'href="2026-11-30-lab-box-open-loop/open-loop.html"',
    );
    expect(readFileSync(join(to(), "README.md"), "utf8")).toContain("Searches in an open loop");
  });

  it("is left out of the index when it was changed", async () => {
    const place = await publish(found);
    writeFileSync(join(place, "open-loop.json"), toOpenLoopJson(changedRow({ burst: 1 })));
    const { problems } = rebuildIndex(to());
    expect(problems).toEqual([expect.stringContaining("is not what")]);
  });

  it("is not there at all when it can't be written", async () => {
    mkdirSync(to());
    writeFileSync(join(to(), "2026-11-30-lab-box-open-loop"), "a file");
    const place = await publish(found);
    expect(place).toMatch(/-open-loop-2$/);
  });
});

describe("a run of searches that is not fit to be published", () => {
  it.each([
    ["a dirty one", { revisionDirty: true as const }, /--allow-dirty/],
    ["one of an unknown revision", { revision: "unknown" }, /--allow-dirty/],
  ])("%s is refused", async (_, change, remedy) => {
    const environment = { ...found.run.environment, ...change };
    const end = publish({ ...found, run: { ...found.run, environment } });
    await expect(end).rejects.toMatchObject({ remedy: expect.stringMatching(remedy) });
  });

  it("one with a cell that failed is refused, unless that is allowed", async () => {
    const failed = changedRow({ status: "failed", reason: "it died" });
    await expect(publish(failed)).rejects.toThrow(/failed: xdp\/af-xdp\/64B/);
    const allowed = { dirty: false, unverified: true, width: 0.1 };
    await expect(publish(failed, { allowed })).resolves.toContain("open-loop");
  });

  it("one with a wide interval is refused, with the width that would let it pass", async () => {
    const wide = changedRow({ pdr_lower_fps: 500_000, pdr_upper_fps: 900_000 });
    await expect(publish(wide)).rejects.toMatchObject({
      message: expect.stringContaining("interval of NDR or PDR wider than 10 %"),
      remedy: expect.stringMatching(/--width 5[78]/),
    });
  });

  it("one that only knows the generator's limit is let through", async () => {
    const open = { ndr_upper_fps: null, pdr_upper_fps: null };
    await expect(publish(changedRow(open))).resolves.toContain("open-loop");
  });
});
