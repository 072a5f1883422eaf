/**
 * For Node's `--import`: modules of the project come from its archive of sources (sources.mjs), and
 * no types are stripped in this process. That saves two thirds of a start, nine tenths in an
 * emulated guest, and keeps typed arrays fast.
 */
import { execFileSync } from "node:child_process";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { archiveOf, Sources } from "./sources.mjs";

const stripProgram = join(import.meta.dirname, "strip.mjs");
/** Node's stripper warns that its interface may change. */
const noWarning = "--disable-warning=ExperimentalWarning";
const archiveSizeMax = 256 * 1024 * 1024;

/** The formats of Node's that have types, and what they are without them. */
const withoutTypes = { "module-typescript": "module", "commonjs-typescript": "commonjs" };

/** Opened by the first import of a file. */
let opened;
let isNew = false;

function sources() {
  opened ??= Sources.open() ?? newSources();
  return opened;
}

/** What strip.mjs prints; not with what a user preloads, which may print as well. */
function printed(...args) {
  return execFileSync(process.execPath, [noWarning, stripProgram, ...args], {
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: archiveSizeMax,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function newSources() {
  isNew = true;
  return new Sources(printed("--print"));
}

/** A file that was changed since has the archive made anew, once. */
function read(url) {
  const source = sources().read(url);
  if (source !== undefined || isNew) return source;
  opened = newSources();
  return opened.read(url);
}

/** Of a file that is not of the project; one that can't be stripped has none. */
function readOther(url) {
  const kept = Sources.open(archiveOf(url))?.read(url);
  return kept ?? new Sources(printed(fileURLToPath(url))).read(url);
}

/** Most of what a program without TypeScript imports is not: it needs no archive. */
function mayBeOurs(specifier) {
  return specifier.endsWith(".ts") || specifier.startsWith("@iopath/");
}

registerHooks({
  resolve(specifier, context, next) {
    const url = mayBeOurs(specifier) ? sources().resolve(specifier, context.parentURL) : undefined;
    return url === undefined
      ? next(specifier, context)
      : { url, format: "module", shortCircuit: true };
  },
  load(url, context, next) {
    const own = url.endsWith(".ts") ? read(url) : undefined;
    if (own !== undefined) return { format: "module", source: own, shortCircuit: true };
    const format = withoutTypes[context.format];
    const source = format === undefined ? undefined : readOther(url);
    return source === undefined ? next(url, context) : { format, source, shortCircuit: true };
  },
});
