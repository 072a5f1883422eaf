/** The loader (loader/load.mjs) on a project of a few files, and on files of others. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";

const ownLoader = resolve(import.meta.dirname, "../loader");

let root: string;

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Tells as the last line whether Node stripped types in this process. */
const tellStripped = `
const list: string[] = (process as any).moduleLoadList;
console.log(list.some((name: string) => name.includes("amaro")) ? "stripped" : "as it is");
`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "iopath loader-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  cpSync(ownLoader, join(root, "packages/native/loader"), { recursive: true });
  write("package.json", JSON.stringify({ name: "all", type: "module" }));
  for (const folder of ["packages/native", "packages/one", "harness", "test"]) {
    const name = `@iopath/${folder.split("/").at(-1)}`;
    const exports = { ".": "./src/index.ts", "./more": "./src/more.ts" };
    write(`${folder}/package.json`, JSON.stringify({ name, type: "module", exports }));
  }
  write("packages/one/src/index.ts", 'export const one: string = "one";');
  write("packages/one/src/more.ts", 'export { one as more } from "./index.ts";');
  write(
    "harness/src/main.ts",
    `import { one } from "@iopath/one"; import { more } from "@iopath/one/more";
const text: string = [one, more].join(" "); console.log(text);${tellStripped}`,
  );
});

function run(file: string) {
  const flags = ["--import", join(root, "packages/native/loader/load.mjs")];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, file], { encoding: "utf8" });
  return { stdout, stderr };
}

test("modules of the project are loaded without a stripper, by path and by name", () => {
  const wanted = { stdout: "one one\nas it is\n", stderr: "" };
  expect(run(join(root, "harness/src/main.ts"))).toEqual(wanted);
  expect(run(join(root, "harness/src/main.ts"))).toEqual(wanted);
});

test("a file that was changed is loaded as it is now", () => {
  run(join(root, "harness/src/main.ts"));
  const file = write("packages/one/src/index.ts", 'export const one: string = "two";');
  utimesSync(file, new Date(), new Date(Date.now() + 5000)); // on a file system with coarse times
  expect(run(join(root, "harness/src/main.ts")).stdout).toBe("two two\nas it is\n");
});

test("a damaged archive is made again", () => {
  run(join(root, "harness/src/main.ts"));
  writeFileSync(join(root, ".cache/iopath-sources"), '{"node":');
  expect(run(join(root, "harness/src/main.ts")).stdout).toBe("one one\nas it is\n");
});

test("a file that came after the archive is loaded", () => {
  run(join(root, "harness/src/main.ts"));
  const later = write(
    "harness/src/later.ts",
    `import { one } from "@iopath/one"; console.log(one);`,
  );
  const file = write("harness/src/new.ts", `import "./later.ts";${tellStripped}`);
  // What node_modules has for who is not in the archive yet.
  mkdirSync(join(root, "node_modules/@iopath"), { recursive: true });
  symlinkSync(join(root, "packages/one"), join(root, "node_modules/@iopath/one"));
  expect(later).toContain("later.ts");
  expect(run(file)).toEqual({ stdout: "one\nas it is\n", stderr: "" });
});

test("a user's own TypeScript is stripped in another process", () => {
  const folder = mkdtempSync(join(tmpdir(), "iopath-users-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "own.ts");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const main = join(root, "harness/src/main.ts");
  writeFileSync(file, `import ${JSON.stringify(main)};\nconst own: number = 1;${tellStripped}`);
  const told = { stdout: "one one\nas it is\nas it is\n", stderr: "" };
  expect(run(file)).toEqual(told);
  expect(readdirSync(join(root, ".cache/iopath-others"))).toHaveLength(1);
  expect(run(file)).toEqual(told);
});

test.each([
  ["a module", "export const own: number = 1;", "as it is\n"],
  ["CommonJS, which Node strips", "const own: number = 1; module.exports = { own };", "stripped\n"],
])("a user's file without a package.json is what its syntax says: %s", (_, text, stdout) => {
  const folder = mkdtempSync(join(tmpdir(), "iopath-users-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "own.ts");
  writeFileSync(file, `${text}${tellStripped}`);
  expect(run(file)).toEqual({ stdout, stderr: "" });
});

test("the project's archive stays as it is for a user's file", () => {
  run(join(root, "harness/src/main.ts"));
  const folder = mkdtempSync(join(tmpdir(), "iopath-users-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "own.ts");
  writeFileSync(file, `export const own: number = 1;${tellStripped}`);
  write("harness/src/later.ts", "export const later: number = 1;"); // nobody imports it
  const archive = join(root, ".cache/iopath-sources");
  const before = statSync(archive).mtimeMs;
  expect(run(file).stdout).toBe("as it is\n");
  expect(statSync(archive).mtimeMs).toBe(before);
});

test("a line and a column are those of the TypeScript", () => {
  const file = write(
    "harness/src/bad.ts",
    'interface Gone {\n  a: number;\n}\nconst f = (g: Gone): number => { throw new Error("x"); };\nf({ a: 1 });\n',
  );
  expect(run(file).stderr).toContain("bad.ts:4:40");
});

test("what can't be stripped has Node's own error", () => {
  const file = write("harness/src/bad.ts", "enum Color { Red }\n");
  expect(run(file).stderr).toMatch(/enum is not supported in strip-only mode/);
});

test("a project that may not be written to is loaded all the same", () => {
  const main = join(root, "harness/src/main.ts");
  const flags = ["--import", join(root, "packages/native/loader/load.mjs"), main];
  // Root may write everywhere, unless it gives that up.
  const without = ["--bounding-set=-dac_override", "--inh-caps=-dac_override"];
  const before = process.geteuid?.() === 0 ? ["setpriv", ...without] : [];
  const [program, ...args] = [...before, process.execPath, ...flags];
  spawnSync("chmod", ["-R", "a-w", root]);
  onTestFinished(() => void spawnSync("chmod", ["-R", "u+w", root]));
  const { stdout, stderr } = spawnSync(program!, args, { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "one one\nas it is\n", stderr: "" });
  expect(existsSync(join(root, ".cache"))).toBe(false);
});

test("zod comes without the languages that nobody asks for", () => {
  const zod = "node_modules/zod/v4/locales";
  write(`${zod}/index.js`, 'export { default as de } from "./de.js";');
  write(`${zod}/de.js`, 'console.log("German");');
  write(`${zod}/en.js`, 'console.log("English");');
  write("harness/src/words.ts", `import "../../${zod}/index.js"; import "../../${zod}/en.js";`);
  expect(run(join(root, "harness/src/words.ts"))).toEqual({ stdout: "English\n", stderr: "" });
});
