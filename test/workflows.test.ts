import { readdirSync, readFileSync } from "node:fs";
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

interface Job {
  readonly container?: object;
  readonly "timeout-minutes": number;
  readonly steps: Step[];
}

interface Workflow {
  readonly on: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const privileged = { image: "node:20-bookworm", options: "--privileged" };

const gates = [
  ".github/workflows/gate.yml",
  "docs/examples/iopath-gate.yml",
  "docs/examples/iopath-kernel-gate.yml",
];
const ours = readdirSync(resolve(root, ".github/workflows")).map(
  (name) => `.github/workflows/${name}`,
);
const all = [...new Set([...ours, ...gates])];

function stepsOf(file: string): Step[] {
  const { jobs } = parse(read(file)) as Workflow;
  return Object.values(jobs).flatMap((job) => job.steps);
}

describe.each(all)("%s", (file) => {
  it("pins each action by commit, with its version behind it", () => {
    const uses = [...read(file).matchAll(/^ *(?:- )?uses: (.*)$/gm)].map(([, value]) => value!);
    const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
    expect(uses.filter((value) => !pinned.test(value))).toEqual([]);
    expect(uses.length).toBe(stepsOf(file).filter((step) => step.uses !== undefined).length);
  });

  it("may read the repository and nothing else", () => {
    const { permissions } = parse(read(file)) as { permissions: object };
    expect(permissions).toEqual({ contents: "read" });
  });

  it("has a time limit on each job", () => {
    const { jobs } = parse(read(file)) as Workflow;
    const unlimited = Object.entries(jobs).filter(([, job]) => !(job["timeout-minutes"] > 0));
    expect(unlimited).toEqual([]);
  });

  it("calls scripts that the project has", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: object };
    const commands = stepsOf(file).flatMap(({ run }) => run ?? []);
    const called = commands.flatMap((command) => /npm .*run (\S+)/.exec(command)?.[1] ?? []);
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe("all workflows", () => {
  it("have one commit for one version of an action", () => {
    const text = all.map(read).join("\n");
    const pins = [...text.matchAll(/uses: ([\w.-]+\/[\w.-]+)\S*@(\w{40}) # (v\S+)/g)];
    const byVersion = new Map(
      pins.map(([, name, commit, version]) => [`${name} ${version}`, commit]),
    );
    const others = pins.filter(([, name, commit, v]) => byVersion.get(`${name} ${v}`) !== commit);
    expect(pins.length).toBeGreaterThan(0);
    expect(others.map(([pin]) => pin)).toEqual([]);
  });

  it("run all tests: on each push those without root, in a container those on the machine", () => {
    const byPush = parse(read(".github/workflows/checks.yml")) as Workflow;
    expect(byPush.on).toEqual({ pull_request: null, push: null });
    expect(Object.values(byPush.jobs).every(({ container }) => container === undefined)).toBe(true);
    const machine = parse(read(".github/workflows/machine.yml")) as Workflow;
    expect(Object.values(machine.jobs).map(({ container }) => container)).toEqual([privileged]);
    for (const { jobs } of [byPush, machine]) {
      const commands = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run));
      expect(commands).toContain("npm test");
    }
  });
});

describe.each([".github/workflows/machine.yml", ".github/workflows/gate.yml"])("%s", (file) => {
  it("is not started by a change of prose alone", () => {
    const { on } = parse(read(file)) as { on: Record<string, { "paths-ignore"?: string[] }> };
    expect(Object.keys(on)).toEqual(["pull_request", "push"]);
    for (const trigger of Object.values(on)) {
      expect(trigger["paths-ignore"]).toEqual(expect.arrayContaining(["**.md", "docs/**"]));
    }
  });
});

describe.each(gates)("%s", (file) => {
  const { jobs } = parse(read(file)) as Workflow;
  const steps = stepsOf(file);
  const commands = steps.flatMap(({ run }) => run ?? []);

  it("sets up, fetches the guest's packages, and gates", () => {
    const order = [/run setup$/, /run setup:guest$/, /iopath gate/];
    const places = order.map((wanted) => commands.findIndex((command) => wanted.test(command)));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("keeps the guest's packages by a key that changes with their recipes", () => {
    const cache = steps.find(({ with: given }) => given?.path === ".cache/iopath/guest")!;
    expect(cache.uses).toMatch(/^actions\/cache@/);
    expect(cache.with!.key).toMatch(/hashFiles\('.*packages\/lab\/src\/guest/);
  });

  it("runs in a privileged container of the distribution that the project is made for", () => {
    const [{ container }] = Object.values(jobs) as [Workflow["jobs"][string]];
    expect(container).toEqual(privileged);
  });
});
