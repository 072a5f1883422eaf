/** Takes out of a run what is nobody's business: who owns the machine, its name, its addresses. */
import os from "node:os";
import { resolve } from "node:path";

export interface Owner {
  readonly home: string;
  readonly host: string;
  readonly user: string;
  /** Where the project lies. */
  readonly root: string;
}

export function ownerOfThisMachine(): Owner {
  const { homedir: home, username: user } = os.userInfo();
  return { home, host: os.hostname(), user, root: resolve(import.meta.dirname, "../../..") };
}

/** Names that are everybody's, and would be found in words that are not names. */
const common = ["", "root", "localhost", "linux", "debian", "ubuntu", "runner"];

/** The same value with every string in it cleaned, whatever its shape. */
export function withoutPrivate<T>(value: T, owner: Owner): T {
  const names = [owner.host, owner.host.split(".")[0]!, owner.user].filter(
    (name) => name.length > 2 && !common.includes(name),
  );
  const clean = (text: string) =>
    names.reduce((left, name) => left.replaceAll(wordOf(name), "…"), withoutFolders(text, owner));
  return walk(value, "", clean) as T;
}

function walk(value: unknown, key: string, clean: (text: string) => string): unknown {
  if (typeof value === "string") return withoutAddresses(clean(value), key);
  if (Array.isArray(value)) {
    // Samples are most of a run, and no text.
    if (typeof value[0] === "number") return value;
    return value.map((item) => walk(item, key, clean));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, walk(inner, name, clean)]);
  return Object.fromEntries(entries);
}

function withoutFolders(text: string, { home, root }: Owner): string {
  const shorter = root.length > 1 ? text.replaceAll(root, ".") : text;
  return home.length > 1 ? shorter.replaceAll(home, "~") : shorter;
}

function wordOf(name: string): RegExp {
  return new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`, "g");
}

const mac = /\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi;
const ipv6 = /\b([0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b|\b([0-9a-f]{1,4}:)+:([0-9a-f]{1,4}:?)*/gi;
/** Less loopback and the range for benchmarks (RFC 2544), which the lab uses. */
const ipv4 = /\b(?!127\.|198\.1[89]\.)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;

/** Versions look like addresses: these fields have versions, and the others none. */
const versions = ["kernel", "node", "v8", "iopath", "runId", "startedAt", "distribution"];

function withoutAddresses(text: string, key: string): string {
  if (versions.includes(key)) return text;
  return text.replaceAll(mac, "…").replaceAll(ipv6, "…").replaceAll(ipv4, "…");
}
