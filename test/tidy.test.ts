import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const linesMax = 300;
const functionLinesMax = 60;
const commentColumnsMax = 100;
const proseColumnsMax = 100;

/** Tracked and new files, as git has them. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((name) => existsSync(join(root, name)));

const sources = files.filter((name) => [".ts", ".mjs"].includes(extname(name)));
const text = (name: string) => readFileSync(join(root, name), "utf8");
const importsOf = (name: string) =>
  [...text(name).matchAll(/(?:from|import\()\s*"([\w@.][^"]*)"/g)].map(([, target]) => target!);

/** Who may import whom: a package knows those before it. */
const layers = [
  ["contract"],
  ["native"],
  ["packet-language"],
  ["workloads"],
  ["lab"],
  ["kernel-sockets", "xdp", "userspace-pmd"],
  ["sriov-vf", "pvrdma"],
  ["harness"],
  ["test"],
];
const layerOf = (name: string) => layers.findIndex((layer) => layer.includes(name));
const packageOf = (file: string) => /^(?:packages\/)?([^/]+)\//.exec(file)?.[1] ?? "";

/** Words, and what to say in their place. */
const banned: [RegExp, string][] = [
  [/\b(FIXME|XXX|HACK|TODO)\b/, "an issue, or the work itself"],
  [/\bexecSync\(|shell: true/, "spawn with an array of arguments"],
  [/@ts-ignore|@ts-nocheck|biome-ignore/, "code that needs no exception"],
  [/\b(whitelist|blacklist)\b/i, "allowed and refused"],
  [/\.only\(/, "all of the tests"],
];

/**
 * Files that may use `catch {`, which ignores what was thrown, and why. Elsewhere "no descriptor
 * left" would read as "not there"; see `packages/native/src/if-there.ts`.
 */
const bareCatches: Readonly<Record<string, string>> = {
  "harness/src/gate/paired/floor.ts": "a cache: what can't be read is measured again",
  "harness/src/matrix/modules.ts": "the loader says what is missing",
  "packages/lab/src/guest/accelerator.ts": "a cache: what can't be written is found out again",
  "packages/lab/src/lock-file.ts": "words for others; the lock is what counts",
  "packages/lab/src/owner.ts": "a file and its words; without them the owner's number has to do",
  "packages/native/src/foreign/library-in-memory.ts": "koffi calls what can't be called so",
  "packages/native/src/if-there.ts": "what is asked for words alone",
  "packages/native/src/json.ts": "JSON.parse throws for nothing else",
};

describe("the source", () => {
  it("takes no failure for another: `catch {` stands where there is a reason", () => {
    const product = sources.filter((name) => /^(packages\/[^/]+|harness)\/src\//.test(name));
    const bare = product.filter((name) => /\bcatch \{/.test(text(name)));
    expect(bare.sort()).toEqual(Object.keys(bareCatches));
  });

  it.each(sources)(`%s has at most ${linesMax} lines`, (name) => {
    expect(text(name).split("\n").length).toBeLessThanOrEqual(linesMax);
  });

  it(`has no comment line of more than ${commentColumnsMax} columns`, () => {
    const commented = [".ts", ".mjs", ".js", ".c", ".h", ".sh"];
    const long = files
      .filter((name) => commented.includes(extname(name)) && !name.startsWith("results/"))
      .flatMap((name) =>
        text(name)
          .split("\n")
          .map((line, i) => ({ line, at: `${name}:${i + 1}` }))
          .filter(({ line }) => [...line].length > commentColumnsMax && hasComment(line))
          .map(({ at }) => at),
      );
    expect(long).toEqual([]);
  });

  it(`has no line of prose of more than ${proseColumnsMax} columns`, () => {
    const pages = files.filter(
      (name) => name.endsWith(".md") && !/^results\/|^\.github\/|\/golden\//.test(name),
    );
    expect(pages.flatMap(longProse)).toEqual([]);
  });

  it("has no mark of a merge that was not resolved", () => {
    const marked = files
      .filter((name) => !name.startsWith("results/published/"))
      .filter((name) => /^(<{7}|>{7}) /m.test(text(name)));
    expect(marked).toEqual([]);
  });

  it("uses no banned word", () => {
    const found = sources
      .filter((name) => name !== "test/tidy.test.ts")
      .flatMap((name) =>
        banned
          .filter(([word]) => word.test(text(name)))
          .map(([word, say]) => `${name}: ${word}, say ${say}`),
      );
    expect(found).toEqual([]);
  });

  it(`has no function of more than ${functionLinesMax} lines`, () => {
    expect(sources.filter((name) => !name.includes("test/")).flatMap(longFunctions)).toEqual([]);
  });

  it("opens every file of src/ with what it is for", () => {
    const silent = sources.filter((name) => {
      const isBarrel = name.endsWith("index.ts");
      return name.includes("/src/") && !isBarrel && !/^(#!.*\n)?\/\*\*/.test(text(name));
    });
    expect(silent).toEqual([]);
  });
});

/** Lines that could have been broken: no tables, no code, no link or name that is as long. */
function longProse(name: string): string[] {
  const blocks = text(name).replace(
    /^( *)(```)[\s\S]*?^\1\2|<!--[\s\S]*?<!-- end.*-->/gm,
    (block) => block.replace(/.+/g, ""),
  );
  const isLong = (line: string) => [...line].length > proseColumnsMax;
  const isProse = (line: string) => !/^ {4}|^\s*[|<]|^#|^\[/.test(line);
  const whole = (line: string) => line.trim().replace(/`[^`]*`|\]\([^)]*\)/g, "-");
  return blocks
    .split("\n")
    .map((line, i) => ({ line, at: `${name}:${i + 1}` }))
    .filter(({ line }) => isLong(line) && isProse(line) && whole(line).includes(" "))
    .map(({ at }) => at);
}

/** Whether a line is a comment, part of one, or ends with one. */
function hasComment(line: string): boolean {
  return /^\s*(\/?\*|\/\/|# )|[;,{(] \/[/*] /.test(line);
}

/**
 * Top-level functions and methods that are too long, found by their indentation (the formatter's).
 */
function longFunctions(name: string): string[] {
  const lines = text(name).split("\n");
  const found: string[] = [];
  const opening =
    /^(\s{0,2})(?:export )?(?:async )?(?:static )?(?:function |(?:#?\w+)\(|constructor\()/;
  for (const [start, line] of lines.entries()) {
    const indent = opening.exec(line)?.[1];
    if (indent === undefined || !/[{(]$/.test(line)) continue;
    const closings = [`${indent}}`, `${indent})`, `${indent});`]; // the last two close a call
    const end = lines.findIndex((candidate, i) => i > start && closings.includes(candidate));
    if (end - start > functionLinesMax) found.push(`${name}:${start + 1} has ${end - start} lines`);
  }
  return found;
}

describe("time limits in tests", () => {
  // How long a migration takes is what those programs find out.
  const tests = sources.filter((name) => /(^|\/)test\/(?!.*\/migration\/)/.test(name));
  const named =
    /\b(?:timeout|\w*[lL]imitMs|\w*[dD]eadlineMs|giveUpAt|waitMs)\s*[:=][^;\n]*?(\d[\d_]*)/g;
  const ofTest = /^\s*\}, (\d[\d_]*)\);$/gm;

  /** A limit ends what hangs. Shorter than a second it is what the test tries. */
  it("end no test that is only slow", () => {
    const tight = tests.flatMap((name) =>
      [...text(name).matchAll(named), ...text(name).matchAll(ofTest)]
        .map(([line, ms]) => ({ line: line.trim(), ms: Number(ms!.replaceAll("_", "")) }))
        .filter(({ ms }) => ms >= 1000 && ms < 100_000)
        .map(({ line }) => `${name}: ${line}`),
    );
    expect(tight).toEqual([]);
  });
});

describe("imports", () => {
  it("go contract ← native ← packet-language ← workloads ← lab ← paths ← harness ← test", () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .map((target) => /^@iopath\/([^/]+)/.exec(target)?.[1])
        .filter((target) => target !== undefined && target !== packageOf(file))
        .filter((target) => layerOf(target!) >= layerOf(packageOf(file)))
        .map((target) => `${file} imports ${target}`),
    );
    const withinTests = wrong.filter((line) => !/^packages\/[^/]+\/test\//.test(line));
    expect(withinTests).toEqual([]);
  });

  it("keep the instrument apart from what it measures", () => {
    const loaders = "harness/src/paths/loaders.ts";
    const subjects = /^@iopath\/(kernel-sockets|xdp|userspace-pmd)/;
    const made = sources
      .filter((file) => file.startsWith("harness/src/") && file !== loaders)
      .filter((file) => importsOf(file).some((target) => subjects.test(target)));
    expect(made).toEqual([]);
    expect(importsOf(loaders).some((target) => subjects.test(target))).toBe(true);
  });

  it("of koffi are in native and in packages that bind a library of their own", () => {
    const binding = sources.filter((file) => importsOf(file).includes("koffi"));
    const elsewhere = binding.filter(
      (file) => !/^(packages\/(native|userspace-pmd|pvrdma)|test\/peers)\//.test(file),
    );
    expect(elsewhere).toEqual([]);
  });

  it("reach every file of src/", () => {
    const entries = [
      "src/index.ts",
      "harness/src/open-loop/index.ts",
      "harness/src/trial/index.ts",
      "harness/src/vitest/index.ts",
      "harness/src/main.ts",
      "harness/src/trial/main.ts",
    ];
    const imported = new Set(
      sources.flatMap((file) =>
        importsOf(file)
          .filter((target) => target.startsWith("."))
          .map((target) => join(dirname(file), target)),
      ),
    );
    const dead = sources
      .filter((file) => file.includes("/src/") && !imported.has(file))
      .filter((file) => !entries.some((entry) => file.endsWith(entry)))
      .filter((file) => !text("package.json").includes(file) && !isStarted(file));
    expect(dead).toEqual([]);
  });

  it("are declared by the package that makes them", () => {
    const undeclared = sources.flatMap((file) => {
      const folder = file.startsWith("packages/")
        ? file.split("/").slice(0, 2).join("/")
        : file.split("/")[0]!;
      const manifest = existsSync(join(root, folder, "package.json"))
        ? text(`${folder}/package.json`)
        : "";
      return importsOf(file)
        .filter((target) => !/^[./]|^node:/.test(target))
        .map((target) =>
          target
            .split("/")
            .slice(0, target.startsWith("@") ? 2 : 1)
            .join("/"),
        )
        .filter(
          (target) =>
            !manifest.includes(`"${target}"`) && !text("package.json").includes(`"${target}"`),
        )
        .map((target) => `${file} imports ${target}`);
    });
    expect(undeclared.filter((line) => !/^packages\/[^/]+\/test\/.*@iopath/.test(line))).toEqual(
      [],
    );
  });
});

/** Programs that are run as files: somebody resolves or names their path. */
function isStarted(file: string): boolean {
  const [folder, name] = file.split("/").slice(-2);
  const asThread = `new URL("./${name}", import.meta.url)`;
  return sources.some((other) => {
    if (other === file) return false;
    const beside = dirname(other) === dirname(file) && text(other).includes(asThread);
    return beside || text(other).includes(`${folder}/${name}`);
  });
}

describe("every package", () => {
  const packages = files
    .filter((name) => /^packages\/[^/]+\/package\.json$/.test(name))
    .map(dirname);

  it.each(packages)("%s has sources, tests and a README", (folder) => {
    const has = (pattern: RegExp) =>
      files.some((name) => name.startsWith(`${folder}/`) && pattern.test(name));
    expect(has(/\/src\/index\.ts$/)).toBe(true);
    expect(has(/\.test\.ts$/)).toBe(true);
    expect(has(/\/README\.md$/)).toBe(true);
  });
});
