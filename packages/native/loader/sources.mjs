/**
 * The project's TypeScript without its types, in one file: what `load.mjs` loads modules from.
 * Plain JavaScript, since it runs before any TypeScript can.
 *
 * The file is a line of JSON, the index, and behind it the sources, one after the other. Blanks
 * stand where types stood, so that lines and columns are those of the TypeScript.
 */
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = resolve(import.meta.dirname, "../../..");
/** Of this work tree alone: another one has other sources. */
export const archive = join(root, ".cache/iopath-sources");

const rootUrl = `${pathToFileURL(root).href}/`;
const newline = 0x0a;

/** @typedef {{ size: number, mtimeMs: number, offset: number, length: number }} Entry */
/**
 * @typedef {{
 *   node: string,
 *   packages: Record<string, string>,
 *   files: Record<string, Entry>,
 * }} Index
 */

export class Sources {
  /** @type {Index} */
  #index;
  /** @type {Buffer} */
  #bodies;

  /** @param {Buffer} bytes of an archive */
  constructor(bytes) {
    const end = bytes.indexOf(newline);
    this.#index = JSON.parse(bytes.toString("utf8", 0, end));
    this.#bodies = bytes.subarray(end + 1);
  }

  /** @returns {Sources | undefined} undefined when there is no archive of this Node's making */
  static open() {
    let bytes;
    try {
      bytes = readFileSync(archive);
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
    const sources = new Sources(bytes);
    return sources.#index.node === process.version ? sources : undefined;
  }

  get paths() {
    return Object.keys(this.#index.files);
  }

  /** The file's address when an import of `specifier` in `parent` means one of these sources. */
  resolve(specifier, parent) {
    const url = this.#urlOf(specifier, parent);
    return url?.startsWith(rootUrl) && this.#entryOf(url) ? url : undefined;
  }

  #urlOf(specifier, parent) {
    if (specifier.startsWith("file:")) return specifier;
    if (!parent?.startsWith(rootUrl)) return undefined;
    if (specifier.startsWith(".")) return new URL(specifier, parent).href;
    const path = this.#index.packages[specifier];
    return path === undefined ? undefined : urlOf(path);
  }

  #entryOf(url) {
    return this.#index.files[url.slice(rootUrl.length)];
  }

  /** @returns {string | undefined} undefined when the file was changed since, or is not of these */
  read(url) {
    const entry = url.startsWith(rootUrl) ? this.#entryOf(url) : undefined;
    if (!entry) return undefined;
    const now = statSync(fileURLToPath(url), { throwIfNoEntry: false });
    if (now?.size !== entry.size || now.mtimeMs !== entry.mtimeMs) return undefined;
    return this.#bodies.toString("utf8", entry.offset, entry.offset + entry.length);
  }
}

/** @param {string} path relative to the root */
export function urlOf(path) {
  return pathToFileURL(join(root, path)).href;
}

/** As the index has it: what an address has behind the root's. */
export function keyOf(path) {
  return urlOf(path).slice(rootUrl.length);
}
