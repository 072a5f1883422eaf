import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IopathError } from "@iopath/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../src/matrix/config.ts";
import { findLab, findPath, pathNameOf } from "../src/paths/all.ts";
import { labOf } from "../src/paths/labs.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-own-paths-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A module whose path has this name, and what else it exports. */
function moduleOf(name: string, fields = "", more = ""): string {
  const variant = `{ name: "only", kind: "polled", carrier: "ethernet", summary: "", ${fields} }`;
  return `export const path = {
    name: "${name}", variants: [${variant}], probe() {}, open() {},
  };
  ${more}`;
}

/** @returns the name of a config in the folder that names modules */
function config(
  name: string,
  modules: object,
  paths: object = { "tester-only": ["direct"] },
): string {
  const file = join(folder, name);
  const section = { modules, paths, frameBytes: [64], windows: [1] };
  writeFileSync(file, `export default ${JSON.stringify(section)};`);
  return file;
}

describe("a path of the user's own", () => {
  it("is found relative to the config, and by its absolute file from then on", async () => {
    writeFileSync(join(folder, "mine.mjs"), moduleOf("mine"));
    const [section] = await readConfig(config("a.mjs", { mine: "./mine.mjs" }, { mine: ["only"] }));
    const module = join(folder, "mine.mjs");
    expect(section!.modules).toEqual({ mine: module });
    expect(section!.paths).toEqual({ mine: ["only"] });
    expect(pathNameOf("mine")).toEqual({ path: "mine", module });
    expect(labOf("mine", "only")).toBe("veth");
  });

  it("may be a package that the config's folder finds", async () => {
    const home = join(folder, "node_modules/packaged");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "index.mjs"), moduleOf("packaged"));
    writeFileSync(join(home, "package.json"), '{ "name": "packaged", "exports": "./index.mjs" }');
    await readConfig(config("b.mjs", { packaged: "packaged" }));
    expect(findPath("packaged").variants).toHaveLength(1);
  });

  it("brings labs along for its variants", async () => {
    const labs = 'export const labs = { bench: { ports: "wires", machine: "igb" } };';
    writeFileSync(join(folder, "lab.mjs"), moduleOf("with-lab", 'lab: "bench"', labs));
    await readConfig(config("c.mjs", { "with-lab": "./lab.mjs" }));
    expect(labOf("with-lab", "only")).toBe("bench");
    expect(findLab("bench")).toMatchObject({ broughtBy: { module: join(folder, "lab.mjs") } });
  });
});

describe("a module is refused", () => {
  it.each([
    ["that is not there", undefined, /path bad: there is no file .*bad\.mjs/],
    ["that does not load", "export const path = ;", /path bad: .*bad\.mjs can't be loaded: /],
    ["that exports no path", "export const way = 1;", /path bad: .*bad\.mjs exports no `path`/],
    ["whose path is another", moduleOf("good"), /path bad: .* exports a path named good/],
    ["without variants", moduleOf("bad").replace(/variants: \[.*\]/, "variants: []"), /variants/],
    ["without open", moduleOf("bad").replace("open() {},", ""), /without `probe` and `open`/],
    ["with an unknown kind", moduleOf("bad").replace("polled", "pulled"), /only without a valid/],
    [
      "with a variant that a CSV can't name",
      moduleOf("bad").replace('"only"', '"null"'),
      /has a variant named null: what reads a CSV takes that for a missing value/,
    ],
    [
      "with a variant that a cell's id can't name",
      moduleOf("bad").replace('"only"', '"a/b"'),
      /has a variant named a\/b: a name is letters, digits, /,
    ],
    ["whose lab nobody brings", moduleOf("bad", 'lab: "moon"'), /lab moon, and no path brings it/],
    [
      "that brings a lab of another path",
      moduleOf("bad", "", "export const labs = { card: {} };"),
      /path bad: there is a lab named card/,
    ],
  ])("%s", async (what, text, message) => {
    const slug = what.replaceAll(/\W/g, "-");
    const file = `./${slug}-bad.mjs`;
    if (text !== undefined) writeFileSync(join(folder, file), text);
    const refusal = readConfig(config(`${slug}.mjs`, { bad: file }));
    await expect(refusal).rejects.toThrow(message);
    const { exitStatus } = (await refusal.catch((error) => error)) as IopathError;
    expect(exitStatus).toBe(4);
  });

  it.each(["xdp", "tester-only"])("that takes the name of iopath's own path %s", async (name) => {
    const file = `${name}.mjs`;
    writeFileSync(join(folder, file), moduleOf(name));
    const refusal = readConfig(config(`d-${file}`, { [name]: `./${file}` }));
    await expect(refusal).rejects.toThrow(`path ${name}: the name is taken by a path of iopath's`);
  });

  it("whose name a CSV can't have", async () => {
    writeFileSync(join(folder, "nan.mjs"), moduleOf("nan"));
    const refusal = readConfig(config("h.mjs", { nan: "./nan.mjs" }));
    await expect(refusal).rejects.toThrow(/path nan: what reads a CSV takes that for a missing/);
  });

  it("that takes the name of another module", async () => {
    writeFileSync(join(folder, "twice.mjs"), moduleOf("twice"));
    writeFileSync(join(folder, "again.mjs"), moduleOf("twice"));
    await readConfig(config("e.mjs", { twice: "./twice.mjs" }));
    const refusal = readConfig(config("f.mjs", { twice: "./again.mjs" }));
    await expect(refusal).rejects.toThrow(/path twice: the name is taken by .*twice\.mjs/);
  });

  it("whose variant a config names wrong", async () => {
    writeFileSync(join(folder, "variant.mjs"), moduleOf("variant"));
    const file = config("g.mjs", { variant: "./variant.mjs" }, { variant: ["other"] });
    await expect(readConfig(file)).rejects.toThrow(/path variant has no variant other/);
  });
});
