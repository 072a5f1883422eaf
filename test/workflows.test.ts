import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(resolve(root, file), "utf8");

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly container: object; readonly steps: Step[] }>>;
}

describe.each([".github/workflows/gate.yml", "docs/examples/iopath-gate.yml"])("%s", (file) => {
  const { jobs } = parse(read(file)) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const commands = steps.flatMap(({ run }) => run ?? []);

  it("sets up, fetches the guest's packages, and gates", () => {
    const order = [/run setup$/, /run setup:guest$/, /iopath gate/];
    const places = order.map((wanted) => commands.findIndex((command) => wanted.test(command)));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("calls scripts that the project has", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: object };
    const called = commands.flatMap((command) => /npm .*run (\S+)/.exec(command)?.[1] ?? []);
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("keeps the guest's packages by a key that changes with their recipes", () => {
    const cache = steps.find(({ with: given }) => given?.path === ".cache/iopath/guest")!;
    expect(cache.uses).toMatch(/^actions\/cache@/);
    expect(cache.with!.key).toMatch(/hashFiles\('.*packages\/lab\/src\/guest/);
  });

  it("runs in a privileged container of the distribution that the project is made for", () => {
    const [{ container }] = Object.values(jobs) as [Workflow["jobs"][string]];
    expect(container).toEqual({ image: "node:20-bookworm", options: "--privileged" });
  });
});
