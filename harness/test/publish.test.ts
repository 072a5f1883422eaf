import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parseHTML } from "linkedom";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deriveRows } from "../src/index.ts";
import type { JournalEvent, RunEvent } from "../src/journal/events.ts";
import { lineOf } from "../src/journal/events.ts";
import { refuseUnfit } from "../src/publish/fitness.ts";
import { rebuildIndex } from "../src/publish/index-page.ts";
import { type PublishOptions, publishRun } from "../src/publish/publish.ts";
import { loadJournal, loadRun } from "../src/run/earlier-run.ts";
import { skippedRun, verifiedRun } from "./journal-fixture.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-publish-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Made {
  readonly run: RunEvent;
  readonly events: JournalEvent[];
}

/** The run's folder, with nothing but its journal. */
function write({ events }: Made, name = "run"): string {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "journal.jsonl"), events.map(lineOf).join(""));
  return place;
}

/** The same run at another time, or elsewhere. */
function changed({ run, events }: Made, change: Partial<RunEvent>): Made {
  const other = { ...run, ...change };
  return { run: other, events: [other, ...events.slice(1)] };
}

const to = () => join(folder, "published");
const publish = (place: string, options: Partial<PublishOptions> = {}) =>
  publishRun(place, {
    to: to(),
    author: "A. Author",
    host: "Lab Box",
    allowed: { dirty: false, unverified: false, width: 0.1 },
    ...options,
  });

describe("publishRun", () => {
  it("makes one folder with everything in it, named by date and machine", async () => {
    const place = await publish(write(verifiedRun()));
    expect(place).toBe(join(to(), "2026-11-23-lab-box"));
    const names = readdirSync(place).filter((name) => !name.endsWith(".svg"));
    expect(names.sort()).toEqual([
      "CITATION.cff",
      "README.md",
      "SHA256SUMS",
      "datapackage.json",
      "environment.json",
      "report.html",
      "results-wide.csv",
      "results.csv",
      "results.json",
      "samples.csv.gz",
    ]);
    expect(readdirSync(place).some((name) => name.endsWith(".svg"))).toBe(true);
  });

  it("has checksums that sha256sum finds right", async () => {
    const cwd = await publish(write(verifiedRun()));
    const out = execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd, encoding: "utf8" });
    expect(out.trim().split("\n")).toHaveLength(readdirSync(cwd).length - 1);
    writeFileSync(join(cwd, "results.csv"), "changed");
    expect(() =>
      execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd, stdio: "ignore" }),
    ).toThrow();
  });

  it("is read again as the run that it was, samples and all", async () => {
    const made = verifiedRun();
    const run = loadRun(await publish(write(made)));
    expect(run.rows).toEqual(deriveRows(made));
    expect(run.notes).toEqual([]);
    expect(run.samples().get(run.rows[1]!.cell)).toEqual([
      [100, 110, 150],
      [100, 110, 150],
    ]);
  });

  it("finds the samples also where another file of the run is named", async () => {
    const place = write(verifiedRun());
    const whole = readFileSync(join(await publish(place), "samples.csv.gz"));
    for (const name of ["results.csv", "results.json", "report.html", "journal.jsonl"]) {
      if (name !== "journal.jsonl") writeFileSync(join(place, name), "cell,p10\n");
      const published = await publish(join(place, name));
      expect(readFileSync(join(published, "samples.csv.gz")), name).toEqual(whole);
    }
  });

  it("calls the machine after its processor where nothing else is said", async () => {
    const place = write(verifiedRun());
    const {
      to: target,
      author,
      allowed,
    } = { to: to(), author: "A", allowed: { dirty: false, unverified: false, width: 0.1 } };
    expect(await publishRun(place, { to: target, author, allowed })).toMatch(
      /2026-11-23-epyc-2-cpu$/,
    );
  });

  it("says how to cite it, in YAML that no text can break, valid by the format's schema", async () => {
    const author = 'Eve "x"\nlicense: none';
    const place = await publish(write(verifiedRun()), { author });
    const citation = parse(readFileSync(join(place, "CITATION.cff"), "utf8")) as object;
    const schema = new URL("schemas/citation-file-format.json", import.meta.url);
    const isValid = new Ajv().compile(JSON.parse(readFileSync(schema, "utf8")) as object);
    expect(isValid(citation), JSON.stringify(isValid.errors)).toBe(true);
    expect(citation).toMatchObject({
      "date-released": "2026-11-23",
      license: "Apache-2.0",
      authors: [{ name: author }],
    });
  });

  it("keeps two runs of one day and machine apart, and takes the place of the same run", async () => {
    const made = verifiedRun();
    const place = write(made);
    await publish(place);
    await publish(write(changed(made, { runId: "r2" }), "other"));
    expect(await publish(place)).toBe(join(to(), "2026-11-23-lab-box"));
    expect(readdirSync(to()).sort()).toEqual(["2026-11-23-lab-box", "2026-11-23-lab-box-2"]);
  });
});

describe("publishRun refuses", () => {
  const none = () => expect(() => statSync(to())).toThrow();

  it("a run of changed files, unless told", async () => {
    const { run } = verifiedRun();
    const dirty = changed(verifiedRun(), {
      environment: { ...run.environment, revisionDirty: true },
    });
    const place = write(dirty);
    await expect(publish(place)).rejects.toMatchObject({
      exitStatus: 8,
      message: expect.stringContaining("tracked files differed from revision abc"),
      remedy: expect.stringContaining("--allow-dirty"),
    });
    none();
    const allowed = { dirty: true, unverified: false, width: 0.1 };
    const made = readFileSync(join(await publish(place, { allowed }), "results.csv"), "utf8");
    expect(made).toContain("abc+dirty");
  });

  it("a run with intervals wider than told, and names the cells", () => {
    const found = loadJournal(write(verifiedRun()));
    const rows = found.rows.map((row) => ({ ...row, width: 0.02 }));
    const wide = rows.map((row, i) => (i === 0 ? { ...row, width: 0.123 } : row));
    const allowed = { dirty: false, unverified: false, width: 0.1 };
    refuseUnfit({ ...found, rows }, allowed);
    expect(() => refuseUnfit({ ...found, rows: wide }, allowed)).toThrow(
      expect.objectContaining({
        exitStatus: 8,
        message: expect.stringContaining(`wider than 10 %: ${rows[0]!.cell}`),
        remedy: expect.stringContaining("--width 13"),
      }),
    );
    refuseUnfit({ ...found, rows: wide }, { ...allowed, width: 0.13 });
  });

  it("a run that does not know its revision, and says why", async () => {
    const { run } = verifiedRun();
    const revisionProblem = "fatal: index file corrupt";
    const lost = { revision: "unknown", revisionDirty: "unknown" as const, revisionProblem };
    const place = write(changed(verifiedRun(), { environment: { ...run.environment, ...lost } }));
    await expect(publish(place)).rejects.toMatchObject({
      exitStatus: 8,
      message: expect.stringContaining("of which revision its files were (fatal: index file"),
    });
    none();
  });

  it("cells whose frames were not verified", async () => {
    const { run, events } = verifiedRun();
    const place = write({ run, events: events.filter(({ event }) => event !== "verify") });
    await expect(publish(place)).rejects.toThrow(
      /though no frame of it was verified: kernel-sockets\/.* and 5 more/,
    );
    none();
  });

  it("a run that was cut", async () => {
    const { run, events } = verifiedRun();
    const place = write({ run, events: events.slice(0, -1) });
    await expect(publish(place)).rejects.toThrow(/cut before their last trial: xdp/);
  });

  it("a run without a figure", async () => {
    await expect(publish(write(skippedRun("no XDP")))).rejects.toThrow(
      /no cell of it was measured/,
    );
  });

  it("a folder that is published already: it has no journal", async () => {
    const place = await publish(write(verifiedRun()));
    await expect(publish(place)).rejects.toMatchObject({ exitStatus: 5 });
  });

  it("an invalid name", async () => {
    await expect(publish(write(verifiedRun()), { host: "…" })).rejects.toMatchObject({
      exitStatus: 3,
    });
  });
});

describe("rebuildIndex", () => {
  const page = () => parseHTML(readFileSync(join(to(), "index.html"), "utf8")).document;
  const later = (factor: number, day: string) =>
    changed(verifiedRun(factor), { runId: `r-${day}`, startedAt: `2026-11-${day}T12:00:00.000Z` });

  it("lists the runs, newest first, each with its page and rows", async () => {
    await publish(write(verifiedRun()));
    await publish(write(later(2, "25"), "b"));
    expect(rebuildIndex(to()).problems).toEqual([]);
    const links = [...page().querySelectorAll("a")].map((a) => a.getAttribute("href")!);
    expect(links[0]).toBe("2026-11-25-lab-box/report.html");
    for (const link of links) expect(statSync(join(to(), link)).isFile()).toBe(true);
    const readme = readFileSync(join(to(), "README.md"), "utf8");
    expect(readme).toContain("(2026-11-25-lab-box/glance.svg)](2026-11-25-lab-box/README.md)");
    expect(readme).toContain("[2026-11-23-lab-box](2026-11-23-lab-box/README.md)");
  });

  it("names the kernels of guests where a run has several", async () => {
    const { run } = verifiedRun();
    const [section] = run.config;
    const guest = { kind: "guest", clock: "instructions", machine: "igb" } as const;
    const places = [guest, { ...guest, kernel: "debian:6.12" }];
    const config = places.map((place) => ({ ...section!, place }));
    const grounds = ["6.1.0-50-amd64", "6.12.117"].map((kernel) => {
      return { ...run.grounds[0]!, class: "emulated" as const, kernel };
    });
    const allowed = { dirty: false, unverified: true, width: 0.1 };
    await publish(write(changed(verifiedRun(), { config, grounds })), { allowed });
    rebuildIndex(to());
    const named = "6.1; guests: 6.1.0-50-amd64, 6.12.117";
    expect(page().querySelector("tbody tr")!.textContent).toContain(named);
    expect(readFileSync(join(to(), "README.md"), "utf8")).toContain(named);
  });

  it("shows how a cell developed on one machine", async () => {
    await publish(write(verifiedRun()));
    await publish(write(later(2, "25"), "b"));
    await publish(write(later(3, "26"), "c"), { host: "another" });
    rebuildIndex(to());
    const [section, ...others] = [...page().querySelectorAll("section")];
    expect(others).toEqual([]);
    expect(section!.querySelector("h2")!.textContent).toContain("lab-box");
    const line = [...section!.querySelectorAll("tbody tr")].find((tr) =>
      tr.textContent.includes("xdp/native/64B"),
    )!;
    expect([...line.querySelectorAll("td.number")].map((td) => td.textContent)).toEqual([
      "55",
      "110",
      "2.000",
    ]);
    expect(line.querySelector("svg")!.getAttribute("aria-label")).toContain("55, 110");
  });

  it("tells of a run that was changed after it was published, and lists the others", async () => {
    await publish(write(verifiedRun()));
    const other = await publish(write(later(2, "25"), "b"));
    const file = join(other, "results.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"p50": 110', '"p50": 11'));
    expect(rebuildIndex(to()).problems).toEqual([expect.stringContaining("is not what")]);
    expect(page().querySelectorAll("tbody tr")).toHaveLength(1);
  });

  it("is a page that says so when nothing is published", () => {
    rebuildIndex(to());
    expect(page().body.textContent).toContain("No run is published yet.");
  });
});
