/**
 * The README's table of what each variant needs: enough with these capabilities, not with fewer.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Testbed, VethLab } from "@iopath/lab";
import { afterAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const program = resolve(import.meta.dirname, "privileges/probe-with-rights.ts");
const limitMs = 120_000;

/** Why a variant can't run here even with all rights: another kernel, no card, no huge pages. */
const needsMore = /zero-copy|busy-poll|-huge|\/pci$|^sriov-vf|^pvrdma/;

interface Need {
  readonly name: string;
  readonly capabilities: readonly string[];
}

/** Lines of the table whose capabilities are a list of names, or none. */
function needsInReadme(): Need[] {
  const readme = readFileSync(resolve(root, "README.md"), "utf8");
  const section = /^## What each variant needs\n([\s\S]*?)\n## /m.exec(readme)![1]!;
  const rows = section.split("\n").filter((line) => /^\| (`|\|)/.test(line));
  let path = "";
  return rows.flatMap((line) => {
    const [, first, variants, , capabilities] = line.split("|").map((cell) => cell.trim());
    path = /`([^`]+)`/.exec(first!)?.[1] ?? path;
    const names = [...variants!.matchAll(/`([\w-]+)`/g)].map(([, name]) => `${path}/${name}`);
    const list: string[] = capabilities!.match(/[A-Z]+(_[A-Z]+)*/g) ?? [];
    return names
      .filter((name) => !needsMore.test(name))
      .map((name) => ({ name, capabilities: list }));
  });
}

const lab = new VethLab();
afterAll(() => lab[Symbol.dispose]());

/** What each variant lacks in a root process with these capabilities and no locked memory. */
function probe(testbed: Testbed, capabilities: readonly string[], names: readonly string[]) {
  const set = ["-all", ...capabilities.map((name) => `+${name.toLowerCase()}`)].join(",");
  const args = [
    ...["netns", "exec", testbed.forwarderNamespace!, "prlimit", "--memlock=0:0"],
    ...["setpriv", `--bounding-set=${set}`, `--inh-caps=${set}`],
    ...[process.execPath, program, JSON.stringify(testbed), ...names],
  ];
  const { stdout, stderr } = spawnSync("ip", args, { encoding: "utf8", timeout: limitMs });
  const found = stdout
    .split("\n")
    .filter((line) => line.startsWith('{"name"'))
    .map((line) => JSON.parse(line) as { name: string; missing?: string });
  if (found.length !== names.length) throw new Error(`${stdout}${stderr}`);
  return found;
}

const groups = Map.groupBy(needsInReadme(), ({ capabilities }) => capabilities.join(", "));

describe.each([...groups.keys()])("capabilities %s", (key) => {
  const { capabilities } = groups.get(key)![0]!;
  const names = groups.get(key)!.map(({ name }) => name);

  it(`are enough for ${names.join(", ")}`, () => {
    const missing = probe(lab.testbed, capabilities, names).filter((one) => one.missing);
    expect(missing).toEqual([]);
  });

  it.each(capabilities)("are not enough without %s", (without) => {
    const fewer = capabilities.filter((name) => name !== without);
    const still = probe(lab.testbed, fewer, names).filter(({ missing }) => missing === undefined);
    expect(still).toEqual([]);
  });
});
