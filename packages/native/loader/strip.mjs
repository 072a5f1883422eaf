/**
 * Brings an archive of sources (sources.mjs) up to date, in a process of its own: Node's type
 * stripper would leave slower typed arrays behind in one that measures.
 *
 *     strip.mjs           writes the project's
 *     strip.mjs --print   prints it as well
 *     strip.mjs FILE      writes and prints that of one file, whosesoever it is
 */
import {
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { archive, archiveOf, otherArchives, root, Sources } from "./sources.mjs";

// Node's stripper warns that its interface may change.
process.removeAllListeners("warning");

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
      urlOf(join(root, folder, file)),
    ]);
  });
  return Object.fromEntries(exported);
}

function urlOf(file) {
  return pathToFileURL(file).href;
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

/** @param known sources that need not be stripped again, where they are as they were */
function pack(paths, packages, known) {
  const bodies = [];
  const files = {};
  let offset = 0;
  for (const path of paths) {
    const url = urlOf(path);
    const { size, mtimeMs } = statSync(path);
    const text = known?.read(url) ?? strip(path);
    if (text === undefined) continue;
    const body = Buffer.from(text);
    files[url] = { size, mtimeMs, offset, length: body.length };
    bodies.push(body);
    offset += body.length;
  }
  const index = { node: process.version, packages, files };
  return Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...bodies]);
}

/** @returns the project's archive, made again where a file was changed, came or went */
function refresh() {
  const exclude = (name) => name === "node_modules";
  const paths = globSync(patterns, { cwd: root, exclude }).map((path) => join(root, path));
  const known = Sources.open();
  const isKept = (path) => known.read(urlOf(path)) !== undefined;
  if (known?.count === paths.length && paths.every(isKept)) return readFileSync(archive);
  const bytes = pack(paths, findPackages(), known);
  if (write(archive, bytes)) rmSync(otherArchives, { recursive: true, force: true });
  return bytes;
}

/** What lets a start go on without an archive. */
const refusals = ["EACCES", "EROFS", "EPERM", "ENOSPC", "EDQUOT"];

/** Atomically: others may read or write it. @returns whether it could be written */
function write(file, bytes) {
  const made = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(made, bytes);
    renameSync(made, file);
    return true;
  } catch (error) {
    if (!refusals.includes(error.code)) throw error;
    rmSync(made, { force: true });
    return false;
  }
}

const [wanted] = process.argv.slice(2);
if (wanted !== undefined && wanted !== "--print") {
  const bytes = pack([resolve(wanted)], {});
  write(archiveOf(urlOf(resolve(wanted))), bytes);
  process.stdout.write(bytes);
} else {
  const bytes = refresh();
  if (wanted === "--print") process.stdout.write(bytes);
}
