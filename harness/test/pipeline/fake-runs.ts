/** Runs on a fake machine, each in a folder of its own that is gone after the test file. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type ConfigInput, checkConfig, type Row, type SectionInput } from "../../src/index.ts";
import { run } from "../../src/run/run.ts";
import { type FakeOptions, type FakeOrder, fakeMachine } from "./fake-machine.ts";

const parent = mkdtempSync(join(tmpdir(), "iopath-pipeline-"));
afterAll(() => rmSync(parent, { recursive: true }));
let made = 0;

export interface FakeRun {
  readonly folder: string;
  readonly rows: readonly Row[];
  /** What a user was shown meanwhile. */
  readonly told: readonly string[];
  readonly orders: readonly FakeOrder[];
  read(name: string): string;
}

export function newFolder(): string {
  return join(parent, String(made++));
}

interface RunOptions extends FakeOptions {
  readonly folder?: string;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
}

export async function runFake(config: ConfigInput, options: RunOptions = {}): Promise<FakeRun> {
  const { folder = newFolder(), resume = false, signal = new AbortController().signal } = options;
  const told: string[] = [];
  const machine = fakeMachine({ told, ...options });
  const checked = checkConfig(config, "test");
  const waitMinutes = 0;
  const rows = await run({ config: checked, folder, resume, waitMinutes, signal, machine });
  const { orders } = machine;
  return { folder, rows, told, orders, read: (name) => readFileSync(join(folder, name), "utf8") };
}

const quick = { samples: 100, warmUpFrames: 640, verifyFrames: 100 };

export const countedConfig = {
  ...{ place: "guest", machine: "igb", clock: "instructions" },
  paths: { "tester-only": ["direct"], "kernel-sockets": ["packet-mmsg"], "sriov-vf": ["vfio"] },
  ...{ frameBytes: [64], windows: [64], bursts: [64], rounds: 1, ...quick },
} satisfies SectionInput;

/** Every axis has several values, and both clocks are there. */
export const wholeConfig = [
  {
    paths: {
      "tester-only": ["direct"],
      "kernel-sockets": ["packet-mmsg"],
      xdp: ["native", "af-xdp"],
      "userspace-pmd": ["net-null"],
    },
    ...{ frameBytes: [64, "imix"], windows: [1, 64], bursts: [64], rounds: 2, ...quick },
  },
  {
    paths: { "tester-only": ["direct"], "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
    ...{ frameBytes: [128], windows: [64], bursts: [32, 64], flows: [1000], workers: [1, 2] },
    ...{ rounds: 1, ...quick },
  },
  countedConfig,
] satisfies SectionInput[];

/** A few cells, for runs in which something goes wrong. */
export const hostConfig = {
  paths: {
    "tester-only": ["direct"],
    "kernel-sockets": ["packet-mmsg"],
    xdp: ["native", "af-xdp"],
    "userspace-pmd": ["net-null"],
  },
  ...{ frameBytes: [64, 128], windows: [64], rounds: 2, ...quick },
} satisfies SectionInput;

export const smallConfig = [
  hostConfig,
  { ...countedConfig, paths: { "tester-only": ["direct"], "sriov-vf": ["vfio"] } },
] satisfies SectionInput[];
