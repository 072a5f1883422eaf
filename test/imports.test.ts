/**
 * How files and folders know each other: no circles, paths named in one place, no export without an
 * importer.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, parse, resolve } from "node:path";
import { paths } from "@iopath/harness";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const harness = "harness/src";

/** Tracked and new files, as git has them. */
const sources = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.mjs"],
  { cwd: root, encoding: "utf8" },
)
  .trim()
  .split("\n")
  .filter((name) => existsSync(join(root, name)));
const text = (name: string) => readFileSync(join(root, name), "utf8");

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Of each file those that it imports, types included. */
function importGraph(files: readonly string[]): Graph {
  const all = new Set(files);
  return new Map(
    files.map((file) => {
      const targets = [...text(file).matchAll(/(?:from|import|import\()\s*"(\.{1,2}\/[^"]+)"/g)];
      const found = targets.map(([, target]) => join(dirname(file), target!));
      return [file, new Set(found.filter((target) => all.has(target)))];
    }),
  );
}

/**
 * Of each folder right below a `src` those that it imports from. Files of `harness/src` itself are
 * a folder as well; those of a package's `src` are what its folders have in common.
 */
function folderGraph(files: Graph): Graph {
  const folderOf = (file: string) => {
    const found = /^(harness|packages\/[^/]+)\/src(\/[^/]+(?=\/))?/.exec(file);
    return found?.[2] || found?.[1] === "harness" ? found[0] : undefined;
  };
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of files) {
    const from = folderOf(file);
    if (from === undefined) continue;
    const known = folders.get(from) ?? new Set();
    for (const target of targets) {
      const to = folderOf(target);
      if (to !== undefined && to !== from) known.add(to);
    }
    folders.set(from, known);
  }
  return folders;
}

/** Nodes from which a walk comes back to them, each with its walk. */
function circles(graph: Graph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, walk: readonly string[]): void => {
    const at = walk.indexOf(node);
    if (at >= 0) found.push([...walk.slice(at), node].join(" → "));
    if (at >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...walk, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}

describe("imports", () => {
  const files = importGraph(sources);

  it("make no circle of files", () => {
    expect(circles(files)).toEqual([]);
  });

  it("make no circle of the folders below src", () => {
    const folders = folderGraph(files);
    const wanted = ["harness/src", "harness/src/run", "packages/lab/src/guest"];
    expect([...folders.keys()]).toEqual(expect.arrayContaining(wanted));
    expect(circles(folders)).toEqual([]);
  });

  it("of a graph with circles are reported as walks", () => {
    const graph = new Map(
      Object.entries({ a: ["b"], b: ["c", "d"], c: ["a"], d: ["d"], e: ["a"] }).map(
        ([node, next]) => [node, new Set(next)],
      ),
    );
    expect(circles(graph)).toEqual(["a → b → c → a", "d → d"]);
  });
});

describe("exports", () => {
  const starred = sources.flatMap((file) =>
    [...text(file).matchAll(/^export (?:type )?\* (?:as \w+ )?from "(\.[^"]+)"/gm)].map(
      ([, target]) => join(dirname(file), target!),
    ),
  );
  /** What a package offers: its index, and what that passes on as a whole. */
  const isOffered = (file: string) => starred.includes(file) || basename(file) === "index.ts";

  it("are imported somewhere, where no index offers them", () => {
    const own = sources.filter((file) => !isOffered(file));
    expect(unusedExports(own, sources)).toEqual([]);
  });

  it("without an importer are found", () => {
    const file = "harness/src/trial/loop/exchange.ts";
    const names = ["teamSilenceMsMax", "newExchange", "turns", "newTurningExchange"];
    expect(exportedNames(text(file))).toEqual(names);
    expect(unusedExports([file], [file])).toHaveLength(names.length);
  });
});

const exported =
  /^export (?:declare |abstract |async )*(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;

function exportedNames(code: string): string[] {
  return [...code.matchAll(exported)].map(([, name]) => name!);
}

/** Exports whose names stand in no other file that names theirs, in an import or for a process. */
function unusedExports(files: readonly string[], users: readonly string[]): string[] {
  const naming = new Map<string, string[]>();
  for (const file of users) {
    const names = text(file).matchAll(/\/(\w[\w.-]*?)(?:\.ts|\.mjs)?(?![\w.-])/g);
    for (const name of new Set([...names].map(([, name]) => name!))) {
      naming.set(name, [...(naming.get(name) ?? []), file]);
    }
  }
  return files.flatMap((file) => {
    const key = parse(file).name;
    const others = (naming.get(key) ?? []).filter((other) => other !== file).map(text);
    const isUsed = (name: string) => others.some((code) => new RegExp(`\\b${name}\\b`).test(code));
    return exportedNames(text(file))
      .filter((name) => !isUsed(name))
      .map((name) => `${file}: ${name}`);
  });
}

describe("the walk of ARCHITECTURE.md", () => {
  const [, section] = /^## A walk from[^\n]*\n([\s\S]*?)^## /m.exec(text("ARCHITECTURE.md"))!;
  const walk = [...section!.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file]) => file!);

  it("has at most 20 files, and all are there", () => {
    expect(walk.length).toBeLessThanOrEqual(20);
    expect(walk.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("goes in one direction: each file is imported or named by one before it", () => {
    const files = importGraph(sources);
    const unreached = walk.slice(1).filter((file, i) => {
      const before = walk.slice(0, i + 1);
      return !before.some((one) => files.get(one)?.has(file) || text(one).includes(file));
    });
    expect(unreached).toEqual([]);
  });
});

describe("the harness", () => {
  it("names single paths in paths/loaders.ts alone", () => {
    const loaders = `${harness}/paths/loaders.ts`;
    const names = new RegExp(`(?<![\\w-])(${paths.map(({ name }) => name).join("|")})(?![\\w-])`);
    const named = sources
      .filter((file) => file.startsWith(`${harness}/`) && file !== loaders)
      .flatMap((file) => {
        const found = names.exec(withoutComments(text(file)));
        return found ? [`${file}: ${found[1]}`] : [];
      });
    expect(named).toEqual([]);
    expect(names.test(withoutComments(text(loaders)))).toBe(true);
  });
});

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$|\s\/\/ .*$/gm, "");
}
