/** A run whose counted cells are profiled, on a fake machine. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { SectionInput } from "../../src/index.ts";
import { readJournal } from "../../src/journal/journal.ts";
import { folderOfCell, profileFiles } from "../../src/profile/folder.ts";
import { profilesOfRun } from "../../src/profile/of-run.ts";
import { publishRun } from "../../src/publish/publish.ts";
import { parsePage } from "../parse-page.ts";
import { raw } from "../profile/raw.ts";
import { type FakeRun, newFolder, runFake } from "./fake-runs.ts";

/** Of a frame, as the raw stacks add up at window 64. */
const cost = () => 10;

const counted = {
  ...{ place: "guest", machine: "igb", clock: "instructions" },
  paths: { "tester-only": ["direct"], xdp: ["native"] },
  ...{ frameBytes: [64], windows: [64], samples: 100, rounds: 2, verifyFrames: 100 },
} satisfies SectionInput;
const profiled = { ...counted, profiles: true };
const cells = [
  "guest/igb/instructions/tester-only/direct/64B/burst64/flows1/window64",
  "guest/igb/instructions/xdp/native/64B/burst64/flows1/window64",
];

const eventsOf = ({ folder }: FakeRun) => readJournal(join(folder, "journal.jsonl")).events;
const fileOf = ({ folder }: FakeRun, cell: string, name: string) =>
  join(folder, "profiles", folderOfCell(cell), name);

it("has a profile of each cell, whose groups add up to the row's median", async () => {
  const made = await runFake(profiled, { cost, raw });
  const profiles = profilesOfRun({ events: eventsOf(made) });
  expect([...profiles.keys()]).toEqual(cells);
  for (const { cell, p50 } of made.rows) {
    const { groups } = profiles.get(cell)!;
    const sum = groups.reduce((all, { own }) => all + own, 0);
    expect(sum).toBeCloseTo(p50!, 9);
    for (const name of Object.values(profileFiles))
      expect(existsSync(fileOf(made, cell, name))).toBe(true);
  }
});

it("profiles one trial of a cell, of an odd number of windows, and no verify pass", async () => {
  const { orders } = await runFake(profiled, { cost, raw });
  const samples = orders.flatMap((order) =>
    order.role === "closed-loop" && order.path === "xdp" ? [order.samples] : [],
  );
  expect(samples).toEqual([101, 100]);
});

it("compares each cell with the tester alone", async () => {
  const made = await runFake(profiled, { cost, raw });
  expect(made.read(`profiles/${folderOfCell(cells[1]!)}/flame.html`)).toContain(
    `There: ${cells[0]}`,
  );
});

it("shows them on the page, in a picture of its own, and links each flame graph", async () => {
  const made = await runFake(profiled, { cost, raw });
  const page = parsePage(made.read("report.html"));
  const links = [...page.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  for (const cell of cells) {
    expect(links).toContain(`profiles/${folderOfCell(cell)}/flame.html`);
  }
  expect(made.read("why.svg")).toContain("user space: tester, loop");
  const sums = [...page.querySelectorAll("td")].find((one) => one.textContent === "all together");
  expect(sums!.parentElement!.textContent).toBe("all together10.010.0");
});

it("draws what was not profiled as differences of cells, as without profiles", async () => {
  const made = await runFake(counted, { cost, raw });
  expect(made.read("report.html")).toContain("as the difference of two cells");
  expect(existsSync(join(made.folder, "profiles"))).toBe(false);
  expect(existsSync(join(made.folder, "why.svg"))).toBe(false);
});

it("keeps the figure of a cell whose profile could not be made, and says why", async () => {
  const missing = "the profiler wrote no stacks; QEMU said\nno space left";
  const made = await runFake(profiled, { cost, raw: { missing } });
  expect(made.rows.map(({ status, p50 }) => [status, p50])).toEqual([
    ["measured", 10],
    ["measured", 10],
  ]);
  expect(made.told.join("\n")).toContain(`no profile of ${cells[1]}: ${missing}`);
  expect(made.read("report.html")).toContain("as the difference of two cells");
});

it("measures a cell without a profile that fails with one, and says why", async () => {
  const made = await runFake(profiled, {
    cost,
    profilerFault: "the guest ended by itself (SIGABRT)",
  });
  expect(made.rows.map(({ status, p50 }) => [status, p50])).toEqual([
    ["measured", 10],
    ["measured", 10],
  ]);
  expect(made.told.join("\n")).toContain(`no profile of ${cells[1]}: the guest ended by itself`);
});

it("says so when a profile does not add up", async () => {
  const made = await runFake(profiled, { cost: () => 10.1, raw });
  expect(made.told.join("\n")).toContain(
    `the profile of ${cells[1]} adds up to 10.00, and its median is 10.1`,
  );
});

it("leaves no profile of an earlier run in its folder", async () => {
  const folder = newFolder();
  const made = await runFake(profiled, { cost, raw, folder });
  await runFake({ ...profiled, paths: { xdp: ["native"] } }, { cost, raw, folder });
  expect(existsSync(fileOf(made, cells[0]!, profileFiles.page))).toBe(false);
  expect(existsSync(fileOf(made, cells[1]!, profileFiles.page))).toBe(true);
});

it("profiles no cell a second time when it goes on", async () => {
  const { folder, orders } = await runFake(profiled, { cost, raw });
  const resumed = await runFake([profiled], { cost, raw, folder, resume: true });
  expect(resumed.orders).toEqual([]);
  expect(orders.length).toBeGreaterThan(0);
  expect([...profilesOfRun({ events: eventsOf(resumed) }).keys()]).toEqual(cells);
});

it("is published with its profiles, without the folder of a module of the user's own", async () => {
  const own = "file:///home/alice/own.ts:12:5";
  const compiled = raw.compiled.replace(/file:\S*ipv4\.ts:12:5/, own);
  const { folder } = await runFake(profiled, { cost, raw: { ...raw, compiled } });
  const allowed = { dirty: true, unverified: true, width: 1 };
  const owner = { home: "/home/alice", host: "box", user: "alice", root: "/srv/iopath" };
  const to = newFolder();
  const place = await publishRun(folder, { to, author: "A. Author", host: "box", allowed, owner });
  const read = (at: string, name: string) =>
    readFileSync(join(at, "profiles", folderOfCell(cells[1]!), name), "utf8");
  expect(read(folder, profileFiles.speedscope)).toContain("/home/alice/own.ts");
  for (const name of Object.values(profileFiles))
    expect(read(place, name)).not.toContain("/home/alice");
  const checked = execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: place, encoding: "utf8" });
  expect(checked).toContain(`profiles/${folderOfCell(cells[1]!)}/${profileFiles.page}: OK`);
});
