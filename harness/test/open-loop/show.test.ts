/** `iopath show` on the folder of a run of searches. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { performShow } from "../../src/cli/perform/show.ts";
import { openLoopRunOf, writeOpenLoop } from "../../src/open-loop/report/files.ts";
import { cellOf, fakeRun, newFolder } from "./fake-run.ts";

const folder = newFolder();
beforeAll(async () => writeOpenLoop(folder, openLoopRunOf(await fakeRun([cellOf()]))));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function shown(place: string, { markdown = false, rewrite = false } = {}): Promise<string> {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((part) => {
    text += part;
    return true;
  });
  await performShow({ does: "show", place, markdown, rewrite });
  return text;
}

describe("iopath show", () => {
  it.each(["", "open-loop.json", "open-loop.csv"])(
    "prints the table of searches, of their folder and its files: %s",
    async (name) => expect(await shown(join(folder, name))).toContain("PDR Mpps"),
  );

  it("prints them as Markdown", async () => {
    expect(await shown(folder, { markdown: true })).toContain("| xdp/af-xdp/64B | 1 |");
  });

  it("writes all files again on request", async () => {
    rmSync(join(folder, "open-loop.csv"));
    await shown(folder, { rewrite: true });
    expect(readFileSync(join(folder, "open-loop.csv"), "utf8")).toMatch(/^run_id,/);
    expect(existsSync(join(folder, "open-loop.html"))).toBe(true);
  });
});
