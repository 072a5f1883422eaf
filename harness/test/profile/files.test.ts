import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { XMLValidator } from "fast-xml-parser";
import { afterAll, expect, it } from "vitest";
import { flamePage } from "../../src/present/page/flame-page.ts";
import { writeProfile } from "../../src/present/page/write-profile.ts";
import { readEarlierProfile } from "../../src/profile/earlier.ts";
import { profileFiles, readProfile } from "../../src/profile/folder.ts";
import { joinProfile } from "../../src/profile/join.ts";
import { parseSpeedscope } from "../../src/profile/speedscope.ts";
import { ofCell, raw } from "./raw.ts";

const out = mkdtempSync(join(tmpdir(), "iopath-profile-"));
afterAll(() => rmSync(out, { recursive: true }));
const profile = joinProfile(raw, ofCell);
const folder = writeProfile(out, { profile, before: undefined, exporter: "iopath 0" });
const read = (name: string) => readFileSync(join(folder, name), "utf8");

it("a profile is a folder of five files", () => {
  expect(readdirSync(folder).sort()).toEqual(Object.values(profileFiles).sort());
});

it("speedscope's own schema takes its file", () => {
  const schema = new URL(import.meta.resolve("speedscope/dist/release/file-format-schema.json"));
  const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schema, "utf8")));
  validate(JSON.parse(read(profileFiles.speedscope)));
  expect(validate.errors).toBeNull();
});

it("a profile that was written is read again as it was", () => {
  expect(readProfile(out, ofCell.cell)).toEqual(profile);
  expect(readEarlierProfile(folder, ofCell.cell)).toEqual(profile);
});

it("a folder without the cell's profile is refused with what to do", () => {
  expect(() => readProfile(out, "guest/igb/instructions/tester-only/direct")).toThrow(
    expect.objectContaining({
      exitStatus: 3,
      message: expect.stringContaining(
        "has no profile of guest/igb/instructions/tester-only/direct",
      ),
      remedy: expect.stringContaining("iopath profile --out"),
    }),
  );
});

it.each(["", "{}", "[1]"])("%j is no profile", (text) => {
  expect(() => parseSpeedscope(text, "a file")).toThrow("a file is no profile");
});

it("the SVG is well-formed, with a box for every function that is wide enough", () => {
  const svg = read(profileFiles.svg);
  expect(XMLValidator.validate(svg)).toBe(true);
  expect(svg).toContain("veth_xmit ([veth]): 3.1 instructions per frame, 31.25 %");
});

it("the page asks for nothing from anywhere", () => {
  const page = flamePage(profile, profile, profileFiles);
  expect(page).toContain("default-src &#39;none&#39;");
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
});
