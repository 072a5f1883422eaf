/**
 * Brings the archive of sources (sources.mjs) up to date, in a process of its own: Node's type
 * stripper would leave slower typed arrays behind in one that measures.
 *
 *     strip.mjs           writes the archive
 *     strip.mjs --print   prints it as well
 *     strip.mjs FILE      prints one file without its types, whosesoever it is
 */
import {
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { archive, keyOf, root, Sources, urlOf } from "./sources.mjs";

const patterns = [
  "{packages/*,harness}/{src,test,listings,setup}/**/*.ts",
  "test/**/*.ts",
  "*.config.ts",
];

/** What is imported as `@iopath/lab/guest`, by that name. */
function findPackages() {
  const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  const exported = [...folders, "harness", "test"].flatMap((folder) => {
    const { name, exports = {} } = JSON.parse(readFileSync(join(root, folder, "package.json")));
    return Object.entries(exports).map(([path, file]) => [
      name + path.slice(1),
      join(folder, file),
    ]);
  });
  return Object.fromEntries(exported);
}

/** @returns the file without its types; undefined when it can't be stripped: Node will say why */
function strip(file) {
  try {
    return stripTypeScriptTypes(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @returns the archive's bytes; `before` themselves when all files are as they were */
function build(before) {
  const known = before === undefined ? undefined : new Sources(before);
  const paths = globSync(patterns, {
    cwd: root,
    exclude: (name) => name === "node_modules",
  }).sort();
  const kept = paths.map((path) => known?.read(urlOf(path)));
  const isSame = known?.paths.length === paths.length && kept.every((body) => body !== undefined);
  if (isSame) return before;
  const bodies = [];
  const files = {};
  let offset = 0;
  for (const [i, path] of paths.entries()) {
    const file = join(root, path);
    const { size, mtimeMs } = statSync(file);
    const text = kept[i] ?? strip(file);
    if (text === undefined) continue;
    const body = Buffer.from(text);
    files[keyOf(path)] = { size, mtimeMs, offset, length: body.length };
    bodies.push(body);
    offset += body.length;
  }
  const index = { node: process.version, packages: findPackages(), files };
  return Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...bodies]);
}

/** Atomically: others may read or write it. */
function write(bytes) {
  const made = `${archive}.${process.pid}`;
  mkdirSync(dirname(archive), { recursive: true });
  writeFileSync(made, bytes);
  renameSync(made, archive);
}

const [wanted] = process.argv.slice(2);
if (wanted !== undefined && wanted !== "--print") {
  process.stdout.write(stripTypeScriptTypes(readFileSync(wanted, "utf8")));
} else {
  const before = Sources.open() ? readFileSync(archive) : undefined;
  const bytes = build(before);
  try {
    if (bytes !== before) write(bytes);
  } catch (error) {
    // In a checkout that may not be written to, each process asks for a print.
    if (!["EACCES", "EROFS", "EPERM"].includes(error.code)) throw error;
  }
  if (wanted === "--print") process.stdout.write(bytes);
}
