/**
 * No flag is ignored: whatever is given together either shows in the plan that the command line
 * comes down to, or is refused by a message that names what does not go together.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command, Option } from "commander";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { effectCases } from "../../src/cli/flags/effect.ts";
import type { Plan } from "../../src/cli/plan.ts";
import { buildProgram, startCommand } from "../../src/cli/program.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-flags-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

function writeConfig(name: string, rounds: number, within: number): string {
  const file = join(folder, name);
  const section = {
    ...{ place: "guest", clock: "instructions", frameBytes: [64], windows: [rounds], rounds },
    paths: {
      "tester-only": ["direct"],
      xdp: ["native", "af-xdp"],
      "kernel-sockets": ["packet-mmsg"],
    },
  };
  const gate = `export const gate = ${JSON.stringify({ within })};`;
  writeFileSync(file, `${gate}\nexport default ${JSON.stringify(section)};`);
  return file;
}

/** Two values at least of each flag that takes one. */
const values: Readonly<Record<string, readonly string[]>> = {
  against: ["HEAD", "main"],
  "against-kernel": ["debian:6.16", "debian:6.18"],
  as: ["one", "two"],
  author: ["A", "B"],
  bad: ["6800", "6900"],
  baseline: ["b.csv", "c.csv"],
  branch: ["main", "other"],
  burst: ["8", "16", "8,16"],
  cell: ["xdp/native", "xdp/tc"],
  clock: ["wall", "instructions"],
  cpus: ["0,1", "2,3"],
  config: [writeConfig("a.ts", 2, 0.1), writeConfig("b.ts", 3, 0.2)],
  equal: ["3", "4"],
  flows: ["1", "1000", "1,2"],
  "frame-bytes": ["64", "imix", "64,1518"],
  frames: ["10", "20"],
  good: ["6000", "6100"],
  history: ["h.csv", "i.csv"],
  inconclusive: ["fail", "pass"],
  into: ["k", "l"],
  iommu: ["passthrough", "strict"],
  jobs: ["2", "3"],
  kernel: ["debian:6.12", "debian:7.3"],
  limit: ["5", "6"],
  machine: ["igb", "pvrdma"],
  "max-minutes": ["1", "2"],
  "next-hop": ["02:00:00:00:00:01", "192.0.2.1"],
  options: ["m.config", "n.config"],
  out: ["o", "p"],
  page: ["p.html", "q.html"],
  path: ["xdp", "kernel-sockets", "tester-only,xdp", "userspace-pmd"],
  pcap: ["a.pcap", "b.pcap"],
  pf: ["card0", "card1", "card0,card1"],
  place: ["host", "guest"],
  plant: ["1", "2,3"],
  "plant-work": ["instructions=40", "instructions=80"],
  ports: ["if0,if1", "if4,if5", "0000:01:10.0,0000:01:10.2"],
  profile: ["quick", "rfc2544-strict"],
  "rdma-device": ["dev0", "dev0,dev1"],
  rounds: ["4", "5"],
  rows: ["r.csv", "s.csv"],
  samples: ["10", "20"],
  searches: ["2", "3"],
  seed: ["1", "2"],
  tester: ["if2,if3", "if6,if7", "none", "0000:01:10.4,0000:01:10.6"],
  "tester-command": ["sudo iopath", "doas iopath"],
  "tester-host": ["lab2", "root@lab3"],
  "tester-namespace": ["far", "away"],
  to: ["t", "u"],
  top: ["5", "6"],
  tries: ["1", "2"],
  variant: ["native", "packet-mmsg", "af-xdp"],
  vfs: ["4", "8"],
  wait: ["0", "3"],
  window: ["1", "64", "1,64"],
  within: ["0.01", "0.02"],
  workers: ["1", "2"],
  width: ["1", "5"],
  workload: ["ipv4-forward", "mac-swap", "ipv4-forward,mac-swap"],
  "write-pcap": ["a.pcap", "b.pcap"],
};

/** What the flags come down to. */
const operands: Readonly<Record<string, readonly string[]>> = {
  bisect: ["debian:6.12", "debian:7.3"],
  compare: ["one", "two"],
  guest: ["--", "true"],
  "kernel build": ["debian:6.12"],
  profile: ["xdp/native"],
  search: ["xdp/native"],
};

/** Flags without which a command does nothing. */
const required: Readonly<Record<string, Flags>> = {
  bisect: { cell: "xdp/native" },
  "bisect-step": { cell: "xdp/native", good: "6000", bad: "6800" },
};

interface LeafCommand {
  readonly name: string;
  readonly options: readonly Option[];
}

function leavesOf(command: Command, name: string): LeafCommand[] {
  if (command.commands.length === 0) return [{ name, options: command.options }];
  return command.commands.flatMap((below) => leavesOf(below, `${name} ${below.name()}`.trim()));
}

const commands = leavesOf(
  buildProgram(async () => {}),
  "",
);

/** A plan as text, or what was complained of. */
interface Outcome {
  readonly status: number;
  readonly text: string;
}

/** By the flag without dashes: its value, or `true` for a switch. */
type Flags = Readonly<Record<string, string | true>>;

async function outcomeOf(command: string, flags: Flags): Promise<Outcome> {
  let plan: Plan | undefined;
  let complaint = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaint += text;
    return true;
  });
  const given = Object.entries({ ...required[command], ...flags }).flatMap(([flag, value]) =>
    value === true ? [`--${flag}`] : [`--${flag}`, value],
  );
  const status = await startCommand(
    [...command.split(" "), ...given, ...(operands[command] ?? [])],
    {
      perform: async (made) => {
        plan = made;
        return 0;
      },
      interruption: new AbortController().signal,
      output: { requireWritten: async () => {} },
    },
  ).status;
  return { status, text: plan ? JSON.stringify(plan) : complaint };
}

const choicesOf = (flag: string): readonly (string | true)[] => values[flag] ?? [true];

function flagsOf({ options }: LeafCommand): fc.Arbitrary<Flags> {
  const names = options.map((option) => option.name()).filter((name) => name !== "help");
  const chosen = fc.subarray(names, { maxLength: Math.min(7, names.length) });
  return chosen.chain((given) =>
    fc.record(Object.fromEntries(given.map((name) => [name, fc.constantFrom(...choicesOf(name))]))),
  );
}

function without(flags: Flags, name: string): Flags {
  return Object.fromEntries(Object.entries(flags).filter(([flag]) => flag !== name));
}

/** Whether leaving a flag out, or giving it another value, comes to something else. */
async function hasEffect(command: string, flags: Flags, name: string): Promise<boolean> {
  const { text } = await outcomeOf(command, flags);
  const others = choicesOf(name).filter((value) => value !== flags[name]);
  const variants = [without(flags, name), ...others.map((value) => ({ ...flags, [name]: value }))];
  for (const variant of variants) {
    if ((await outcomeOf(command, variant)).text !== text) return true;
  }
  return false;
}

/** Of a config nothing is left where flags replace all that it says; that is what they are for. */
const replacing = ["path", "variant", "frame-bytes", "flows", "burst", "window", "workload"];
const isReplaced = (flags: Flags, name: string) =>
  name === "config" && replacing.some((flag) => flag in flags);

function refusal(command: string): number {
  if (command === "bisect-step") return 128;
  return /^(gate|self-test|baseline|trend)/.test(command) ? 2 : 3;
}

/** That a message names two of the flags, or that one of them alone is refused already. */
async function namesWhatClashes(command: string, flags: Flags, { text }: Outcome) {
  const named = Object.keys(flags).filter((name) => text.includes(`--${name}`));
  if (named.length >= 2) return true;
  for (const [name, value] of Object.entries(flags)) {
    if ((await outcomeOf(command, { [name]: value })).status !== 0) return true;
  }
  return false;
}

describe.each(commands)("iopath $name", (command) => {
  const { name, options } = command;

  it("has each of its flags in the table of effects, and the table has no other", () => {
    const cases = effectCases.filter((entry) => entry.command === name);
    const inTable = cases.flatMap(({ takes, chosenBy = [] }) => [...takes, ...chosenBy]);
    const known = inTable.map((entry) => entry.replace(/^--/, "").split(" ")[0]!);
    const flags = options.map((option) => option.name().replace(/^no-/, ""));
    expect(flags.filter((flag) => flag !== "help" && !known.includes(flag))).toEqual([]);
    expect(known.filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  it("ignores no flag: each has an effect, or what does not go together is refused", async () => {
    const property = fc.asyncProperty(flagsOf(command), async (flags) => {
      const outcome = await outcomeOf(name, flags);
      if (outcome.status !== 0) {
        expect(outcome.text).not.toContain("a fault of its own");
        expect(outcome.status).toBe(refusal(name));
        expect(await namesWhatClashes(name, flags, outcome), outcome.text).toBe(true);
        return;
      }
      for (const flag of Object.keys(flags).filter((one) => !isReplaced(flags, one))) {
        expect(await hasEffect(name, flags, flag), `--${flag}: ${outcome.text}`).toBe(true);
      }
    });
    await fc.assert(property, { numRuns: options.length > 10 ? 150 : 30 });
  });
});
