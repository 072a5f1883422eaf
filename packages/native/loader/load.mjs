/**
 * For Node's `--import`: TypeScript comes without its types from archives (sources.mjs), and none
 * is stripped in this process. That keeps typed arrays fast and starts short (README.md).
 */
import { execFileSync } from "node:child_process";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { archiveOf, isOfProject, Sources } from "./sources.mjs";

const stripProgram = join(import.meta.dirname, "strip.mjs");
const archiveSizeMax = 256 * 1024 * 1024;

/** What zod says in 64 languages, a module each: an eighth of a start. It has English apart. */
const languagesOfZod = new URL("../../../node_modules/zod/v4/locales/index.js", import.meta.url)
  .href;

const wrapper = ["exports", "require", "module", "__filename", "__dirname"];

/** Opened by the first import of a file. */
let opened;
let isNew = false;

function sources() {
  opened ??= Sources.open() ?? refreshed();
  return opened;
}

/** What strip.mjs prints; not with what a user preloads, which may print as well. */
function printed(...args) {
  const bytes = execFileSync(process.execPath, [stripProgram, ...args], {
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: archiveSizeMax,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Sources(bytes);
}

/** The project's sources as they are now. */
function refreshed() {
  opened = printed("--print");
  isNew = true;
  return opened;
}

/**
 * A file without its types; undefined when it can't be stripped. One of the project's that is not
 * in the archive as it is was changed or came since; one of a user's has an archive of its own.
 */
function read(url) {
  const found = sources().read(url) ?? Sources.open(archiveOf(url))?.read(url);
  if (found !== undefined) return found;
  const own = isOfProject(url) && !isNew ? refreshed().read(url) : undefined;
  return own ?? printed(fileURLToPath(url)).read(url);
}

/** Where no package.json says it, what does not compile as CommonJS is a module, as Node has it. */
function isModule(source, format) {
  if (format) return format !== "commonjs-typescript";
  try {
    compileFunction(source, wrapper);
    return false;
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
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
    if (url === languagesOfZod) return { format: "module", source: "", shortCircuit: true };
    const source = /^file:.*\.[mc]?ts$/.test(url) ? read(url) : undefined;
    // Node reads CommonJS itself, whatever is said here.
    if (source === undefined || !isModule(source, context.format)) return next(url, context);
    return { format: "module", source, shortCircuit: true };
  },
});
