#!/usr/bin/env node
/**
 * Run after `npm install` has written package-lock.json from a registry mirror that lacks the
 * packages of other platforms: adds the optional entries that npm could not look up, so that
 * `npm ci` finds lockfile and manifests in step. They are of other platforms, so npm never fetches
 * them here.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm64", "x64", "arm", "ia32", "ppc64", "riscv64", "s390x"];

/** What the name of a platform package says: "@nx/nx-linux-x64-musl" is linux, x64, musl. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (!os || !cpu) return undefined;
  const libc = words.includes("musl") ? { libc: ["musl"] } : {};
  return { os: [os], cpu: [cpu], ...libc };
}

let added = 0;
for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const key = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[key] || !platform) continue;
    lock.packages[key] = { version, ...platform, ...(dev ? { dev } : {}), optional: true };
    added++;
  }
}

/** Where Node would look for `name` from the package at `key`: its own folder, then those above. */
function isLocked(key, name) {
  const parts = key.split("/");
  return (
    parts.some(
      (_, i) => lock.packages[[...parts.slice(0, i + 1), "node_modules", name].join("/")],
    ) || lock.packages[`node_modules/${name}`] !== undefined
  );
}

const forgotten = Object.entries(lock.packages).flatMap(([key, { dependencies = {} }]) =>
  Object.keys(dependencies).filter((name) => !isLocked(key, name)),
);
if (forgotten.length > 0) {
  console.error(
    `npm left out ${forgotten.join(", ")}: delete node_modules and the lockfile, and run it again`,
  );
  process.exit(1);
}

const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added`);
