/**
 * TypeScript without its types, in one file: what `load.mjs` loads modules from. Plain JavaScript,
 * since it runs before any TypeScript can.
 *
 * An archive is a line of JSON, the index, and behind it the sources, one after the other. Blanks
 * stand where types stood, so that lines and columns are those of the TypeScript.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = resolve(import.meta.dirname, "../../..");
/** All sources of this work tree; another one has others. */
export const archive = join(root, ".cache/iopath-sources");
/** Archives of files that are not of the project, a file each. */
export const otherArchives = join(root, ".cache/iopath-others");

const rootUrl = `${pathToFileURL(root).href}/`;
const newline = 0x0a;

/**
 * Both by address, "file:///…"; `packages` has the file of each name that can be imported.
 *
 * @typedef {{ size: number, mtimeMs: number, offset: number, length: number }} Entry
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

  /** @returns {Sources | undefined} undefined without a whole archive of this Node's making */
  static open(file = archive) {
    try {
      const sources = new Sources(readFileSync(file));
      return sources.#index.node === process.version ? sources : undefined;
    } catch (error) {
      if (error.code === "ENOENT" || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  get count() {
    return Object.keys(this.#index.files).length;
  }

  /** The file's address when an import of `specifier` in `parent` means one of these sources. */
  resolve(specifier, parent) {
    const url = this.#urlOf(specifier, parent);
    return url !== undefined && this.#index.files[url] ? url : undefined;
  }

  #urlOf(specifier, parent) {
    if (specifier.startsWith("file:")) return specifier;
    if (parent === undefined || !isOfProject(parent)) return undefined;
    if (specifier.startsWith(".")) return new URL(specifier, parent).href;
    return this.#index.packages[specifier];
  }

  /** @returns {string | undefined} undefined when the file was changed since, or is not of these */
  read(url) {
    const entry = this.#index.files[url];
    if (!entry) return undefined;
    const now = statSync(fileURLToPath(url), { throwIfNoEntry: false });
    if (now?.size !== entry.size || now.mtimeMs !== entry.mtimeMs) return undefined;
    return this.#bodies.toString("utf8", entry.offset, entry.offset + entry.length);
  }
}

export function isOfProject(url) {
  return url.startsWith(rootUrl);
}

/** Where a file that is not of the project has its archive. */
export function archiveOf(url) {
  return join(otherArchives, createHash("sha256").update(url).digest("hex"));
}
