/**
 * README and docs are true: links, files, commands, flags, messages, figures.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { deviationTexts, ExitStatus } from "@iopath/contract";
import { paths } from "@iopath/harness";
import { describe, expect, it } from "vitest";
import { figuresFolder, replaceFigures } from "../harness/setup/readme-block.ts";
import { readResults } from "../harness/src/files/read-results.ts";

const root = resolve(import.meta.dirname, "..");
const text = (name: string) => readFileSync(join(root, name), "utf8");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((name) => existsSync(join(root, name)));
const pages = tracked.filter((name) => name.endsWith(".md") && !name.startsWith("results/"));
const guides = pages.filter((name) => !/^(CHANGELOG|ARCHITECTURE|STYLE)\.md$/.test(name));
const sources = tracked.filter((name) => /\/src\/.*\.ts$|^harness\/setup\//.test(name));
const code = sources.map(text).join("\n");

/**
 * Of Docker, perftest, V8, vitest and scripts in test. Lines that begin with git, ethtool or
 * bencher are left out.
 */
const flagsOfOthers = [
  "--privileged",
  "--post",
  "--cq-mod",
  "--no-turbo-typer-hardening",
  "--project",
  "--dstipmap",
  ...["--runs", "--minutes", "--busy"],
];

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  const headings = [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(pages)("%s", (page) => {
  it("links to files and headings that exist", () => {
    const links = [...text(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const broken = links
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file, anchor] = target.split("#") as [string, string?];
        const there = file === "" ? page : join(dirname(page), file);
        if (!existsSync(join(root, there))) return true;
        return anchor !== undefined && !anchorsOf(there).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

describe.each(guides)("%s", (page) => {
  it("names files that exist", () => {
    const named = [...text(page).matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|js|mjs|css|md|json))`/g)];
    const folders = ["", dirname(page), join(dirname(page), "src")];
    const absent = named
      .map(([, file]) => file!)
      .filter((file) => !folders.some((folder) => existsSync(join(root, folder, file))));
    expect(absent.filter((file) => !file.startsWith("results/latest/"))).toEqual([]);
  });

  it("names flags that exist", () => {
    const known = [...code.matchAll(/["'`](?:-\w, )?(--[a-z][a-z-]*)/g)].map(([, flag]) => flag!);
    const ours = text(page).replaceAll(/^ *(bencher|git|ethtool) .*$/gm, "");
    const named = [...ours.matchAll(/(?<![\w-])(--[a-z][a-z-]*)/g)].map(([, flag]) => flag!);
    const unknown = new Set(named).difference(new Set([...known, ...flagsOfOthers]));
    expect([...unknown]).toEqual([]);
  });

  it("names commands that exist", () => {
    const commands = [...code.matchAll(/\.command\("([a-z]+)/g)].map(([, name]) => name!);
    const named = [...text(page).matchAll(/(?:`|^ {4}|npx )(?:npx )?iopath ([a-z]+)/gm)];
    const unknown = named.map(([, name]) => name!).filter((name) => !commands.includes(name));
    expect(unknown).toEqual([]);
    const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
    const run = [...text(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe("figures by hand", () => {
  const figure = /\d (?:ns|µs)\b|\d\.\d+×/g;
  const date = /20\d\d-\d\d-\d\d|\b\d{1,2}\s(?:November|December)\s20\d\d/;
  const command = /`(?:npm (?:run|start|test)|iopath |test\/)|^ {4}np[mx] /m;
  const generated = /<!-- (\w+) of results\/published[\s\S]*?<!-- end of \1 -->/g;

  /**
   * With the date and the command of a page that tells them once, in its introduction or "Figures".
   */
  const sectionsOf = (page: string) => {
    const sections = text(page)
      .replaceAll(generated, "")
      .split(/^(?=#+ )/m);
    const shared = sections.filter((section, i) => i < 2 || /^#+ Figures/.test(section)).join();
    return sections.map((section) => ({ section, said: section + shared }));
  };

  const manuals = pages.filter((page) => !page.startsWith("harness/test/"));
  it.each(manuals)("in %s have the command and the date of their measurement", (page) => {
    const bare = sectionsOf(page)
      .filter(({ section }) => (section.match(figure) ?? []).length >= 2)
      .filter(({ said }) => !date.test(said) || !command.test(said));
    expect(bare.map(({ section }) => section.split("\n")[0])).toEqual([]);
  });
});

describe("docs/troubleshooting.md", () => {
  // A heading is one message, or several of one cause.
  const headings = [...text("docs/troubleshooting.md").matchAll(/^### (`.*`)$/gm)];
  const messages = headings.flatMap(([, heading]) => [...heading!.matchAll(/`([^`]+)`/g)]);

  it("has each message once", () => {
    const bare = messages.map(([, message]) => message!.replaceAll(/^… | …$/g, ""));
    const twice = bare.filter((text, i) => bare.some((other, j) => i !== j && other === text));
    expect(twice).toEqual([]);
  });

  it.each(messages.map(([, message]) => message!))("%s is a message of the code", (message) => {
    const parts = message.split("…").map((part) => part.trim());
    const words = parts.filter((part) => part.length > 2);
    expect(words.length).toBeGreaterThan(0);
    expect(words.filter((part) => !code.includes(part))).toEqual([]);
  });
});

describe.each([
  ["write-a-path.md", "sixth-path", ["src/index.ts", "src/path.ts", "src/ports.ts"]],
  ["workloads.md", "own-workload", ["src/index.ts"]],
])("docs/%s", (page, folder, files) => {
  const example = [...files, "bench.config.ts"]
    .map((name) => text(`test/${folder}/${name}`))
    .join();
  const blocks = [...text(`docs/${page}`).matchAll(/```ts\n([\s\S]*?)```/g)];

  it.each(blocks.map(([, block]) => [block!.trim().split("\n")[0]!, block!]))(
    "shows the example's own code: %s",
    (_first, block) => expect(example).toContain(block),
  );
});

describe("docs/captures.md", () => {
  it("has every deviation, by its text and by the variants that declare it", () => {
    const lines = [...text("docs/captures.md").matchAll(/^\| `([\w-]+)` \| [^|]+ \| (.*) \|$/gm)];
    const told = Object.fromEntries(lines.map(([, name, words]) => [name, words]));
    expect(told).toEqual(deviationTexts);
    const declared = paths.flatMap(({ variants }) =>
      variants.flatMap(({ deviations = [] }) => deviations),
    );
    expect(new Set(declared)).toEqual(new Set(Object.keys(told)));
  });
});

describe("docs/README.md", () => {
  it.each(paths.map(({ name }) => name))("has a page for the path %s", (name) => {
    expect(text("docs/README.md")).toContain(`(../packages/${name}/README.md)`);
  });
});

describe("README.md", () => {
  it("has every exit status", () => {
    const table = [...text("README.md").matchAll(/^\| ([\d, ]+) \|/gm)];
    const told = table.flatMap(([, cell]) => cell!.split(",").map(Number));
    expect(told).toEqual(Object.values(ExitStatus).filter((status) => told.includes(status)));
    expect(Object.values(ExitStatus).filter((status) => !told.includes(status))).toEqual([]);
  });

  it("has the figures of the published run that it names (npm run readme writes them)", () => {
    const readme = text("README.md");
    const folder = figuresFolder(readme);
    const published = tracked.filter((name) =>
      /^results\/published\/.*\/results\.json$/.test(name),
    );
    if (folder === undefined) expect(published).toEqual([]);
    else {
      const run = readResults(join(root, folder, "results.json"));
      expect(replaceFigures(readme, folder, run)).toBe(readme);
    }
  });
});
