import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = resolve(import.meta.dirname, "..");
const text = (name: string) => readFileSync(resolve(root, name), "utf8");
const manifest = (name: string) => JSON.parse(text(name)) as { version: string };
const { version } = manifest("package.json");

/** What harness/setup/packages.mjs exports, which is JavaScript without types. */
interface Packages {
  readonly systemPrograms: readonly { readonly package: string }[];
  readonly dpdkPackages: readonly string[];
  readonly rdmaPackages: readonly string[];
  readonly testPackages: readonly { readonly package: string }[];
  readonly peersPackages: readonly string[];
}

describe("CHANGELOG.md", () => {
  const headings = [...text("CHANGELOG.md").matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!);
  const releases = headings.map((heading) =>
    /^\[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$/.exec(heading),
  );

  it("names each version with its date, newest first, below what is not released", () => {
    expect(releases.every((release) => release !== null)).toBe(true);
    const [first, ...dated] = releases.map((release) => [release![1]!, release![2]] as const);
    expect(first).toEqual(["Unreleased", undefined]);
    const numbers = dated.map(([number]) => number.split(".").map(Number));
    expect(numbers.flat().every(Number.isInteger)).toBe(true);
    const order = (a: number[], b: number[]) => b[0]! - a[0]! || b[1]! - a[1]! || b[2]! - a[2]!;
    expect(numbers).toEqual(numbers.toSorted(order));
    const dates = dated.map(([, date]) => date);
    expect(dates).toEqual(dates.toSorted().toReversed());
    expect(dates).not.toContain(undefined);
  });

  it("groups changes by their kinds", () => {
    const kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    const known = [...kinds, "Known faults"];
    const found = [...text("CHANGELOG.md").matchAll(/^### (.*)$/gm)].map(([, kind]) => kind!);
    expect(found.filter((kind) => !known.includes(kind))).toEqual([]);
  });

  it("has the version of all packages as its newest", () => {
    const folders = readdirSync(resolve(root, "packages")).map((name) => `packages/${name}`);
    const manifests = [...folders, "harness", "test"].map((folder) => `${folder}/package.json`);
    const others = manifests.filter((name) => manifest(name).version !== version);
    expect(others).toEqual([]);
    expect(releases[1]?.[1]).toBe(version);
  });
});

describe("the glossary of ARCHITECTURE.md", () => {
  const section = /^## Glossary\n([\s\S]*?)\n## /m.exec(text("ARCHITECTURE.md"))![1]!;
  const words = [...section.matchAll(/^\| ([a-z ]+) \| ([^|]+) \|$/gm)].map(([, word]) => word!);

  it("says each word once", () => {
    expect(words.length).toBeGreaterThan(20);
    expect(new Set(words).size).toBe(words.length);
  });
});

describe("CITATION.cff", () => {
  const citation = parse(text("CITATION.cff")) as { version: string };

  it("is valid by the format's schema", () => {
    const schema = JSON.parse(text("harness/test/schemas/citation-file-format.json")) as object;
    const isValid = new Ajv().compile(schema);
    expect(isValid(citation), JSON.stringify(isValid.errors)).toBe(true);
  });

  it("has the project's version", () => {
    expect(citation.version).toBe(version);
  });
});

describe("issue templates", () => {
  const folder = ".github/ISSUE_TEMPLATE";
  const forms = readdirSync(resolve(root, folder)).filter((name) => name !== "config.yml");

  interface Form {
    readonly name: string;
    readonly description: string;
    readonly body: readonly { type: string; id?: string; attributes: { label?: string } }[];
  }

  it.each(forms)("%s is a form that GitHub takes", (name) => {
    const form = parse(text(`${folder}/${name}`)) as Form;
    expect(form.name && form.description).toBeTruthy();
    const fields = form.body.filter(({ type }) => type !== "markdown");
    expect(fields.length).toBeGreaterThan(0);
    const ids = fields.map(({ id }) => id);
    expect(new Set(ids).size).toBe(fields.length);
    expect(ids).not.toContain(undefined);
    expect(fields.filter(({ attributes }) => !attributes.label)).toEqual([]);
  });
});

describe("README.md", () => {
  it("lists what setting up installs with apt, and how to remove it", async () => {
    const file = resolve(root, "harness/setup/packages.mjs");
    const { systemPrograms, dpdkPackages, rdmaPackages, testPackages, peersPackages } =
      (await import(file)) as Packages;
    const installed = [
      ...systemPrograms.map((entry) => entry.package),
      ...dpdkPackages,
      ...rdmaPackages,
      ...testPackages.map((entry) => entry.package),
      ...peersPackages,
    ];
    const section = /^## What is installed\n([\s\S]*?)\n##+ /m.exec(text("README.md"))?.[1] ?? "";
    const cells = [...section.matchAll(/^\| [^|]* \| ([^|]*) \|/gm)].map(([, cell]) => cell!);
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, one]) => one!));
    expect(listed.toSorted()).toEqual(installed.toSorted());
    const removal = /^ {4}apt-get remove (.*)$/m.exec(text("README.md"))?.[1]?.split(" ");
    expect(removal?.toSorted()).toEqual(installed.toSorted());
  });
});
