/**
 * Which flags have an effect in which case of a command: the one table. A flag that would be
 * ignored is refused, since a user who gave it expects it to do something. Flags that say where
 * frames are forwarded depend on the config as well: `matrix/place-rules.ts` has their table.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Command } from "commander";
import { axisList } from "../../matrix/axis-list.ts";

/** Flags of a command line by their names without dashes, with their values. */
type GivenFlags = ReadonlyMap<string, unknown>;

interface EffectCase {
  /** "run", "baseline update". */
  readonly command: string;
  /**
   * The flags that choose the case, as a user writes them; none in what the command does otherwise.
   */
  readonly chosenBy?: readonly string[];
  /** Names, or a name and the only value that has an effect: "clock wall". */
  readonly takes: readonly string[];
  /** What the case does, so that other flags have no effect. */
  readonly because?: string;
}

const guest = ["place", "machine", "kernel"];
/** What counts instructions, counts them in a guest. */
const counted = ["place guest", "machine", "clock instructions"];
/** Those that name devices of this host. */
export const deviceFlags = [
  ...["ports", "tester", "tester-namespace", "next-hop", "force"],
  ...["pf", "vfs", "rdma-device"],
];
/** "--frame-bytes <sizes>" → "frame-bytes", of each axis. */
const axes = axisList.map(({ flag }) => flag.option.split(" ")[0]!.slice(2));
/** Of a gate by the wall clock: both sides have one worker each. */
const cells = ["config", "path", "variant", ...axes.filter((name) => name !== "workers")];
const trials = ["workers", "samples", "rounds", "plant-work"];
const matrix = ["clock", ...cells, ...trials];
const report = ["within", "inconclusive", "history", "json", "out"];

/** The cases of a command in order: the first whose flags are all given is the one that counts. */
export const effectCases: readonly EffectCase[] = [
  {
    command: "run",
    chosenBy: ["--resume"],
    takes: ["out", "json", "wait"],
    because: "it goes on with a run as it was started",
  },
  {
    command: "run",
    chosenBy: ["--tester none"],
    takes: [
      ...["place host", "clock wall", "config", "path", "variant", "burst", "workload"],
      ...["ports", "next-hop", "force", "out", "dry-run"],
    ],
    because: "it forwards for a tester elsewhere, and measures nothing",
  },
  {
    command: "run",
    takes: [
      ...[...guest, ...deviceFlags, ...matrix, "out", "json", "dry-run", "wait"],
      ...["width", "max-minutes"],
    ],
  },
  { command: "list", takes: [...guest, ...deviceFlags, ...matrix, "json"] },
  {
    command: "verify",
    chosenBy: ["--tester none"],
    takes: [],
    because: "what was forwarded is judged by a tester on this machine",
  },
  {
    command: "verify",
    chosenBy: ["--pcap"],
    takes: [
      ...guest,
      ...deviceFlags,
      "config",
      "path",
      "variant",
      "workload",
      "write-pcap",
      "wait",
    ],
    because: "it sends the frames of a capture",
  },
  {
    command: "verify",
    takes: [
      ...[...guest, ...deviceFlags, "config", "path", "variant", "workload"],
      ...["frames", "seed", "write-pcap", "wait"],
    ],
  },
  {
    command: "gate",
    chosenBy: ["--rows", "--within"],
    takes: ["baseline", ...report],
    because: "it judges the rows of an earlier run by one threshold",
  },
  {
    command: "gate",
    chosenBy: ["--rows"],
    takes: ["config", "baseline", ...report],
    because: "it takes the rows of an earlier run, and measures nothing",
  },
  {
    command: "gate",
    chosenBy: ["--against"],
    takes: ["place host", "clock wall", ...cells, ...report, "max-minutes", "wait"],
    because: "it compares two revisions on this host, by the wall clock",
  },
  {
    command: "gate",
    takes: [...counted, ...cells, ...trials, "baseline", ...report, "wait"],
  },
  {
    command: "self-test instructions",
    takes: [
      ...[...counted, ...cells, "samples", "rounds", "within"],
      ...["equal", "tries", "max-minutes", "out", "wait"],
    ],
  },
  {
    command: "self-test wall",
    takes: [
      ...["place host", "clock wall", ...cells],
      ...["equal", "tries", "plant", "max-minutes", "out", "wait"],
    ],
  },
  {
    command: "baseline update",
    chosenBy: ["--rows"],
    takes: ["baseline"],
    because: "it takes the rows of an earlier run, and measures nothing",
  },
  {
    command: "baseline update",
    takes: [...counted, ...cells, ...trials, "baseline", "out", "wait"],
  },
  {
    command: "trend",
    chosenBy: ["--otava"],
    takes: ["history", "branch"],
    because: "it prints a configuration for Apache Otava",
  },
  { command: "trend", takes: ["history", "branch", "json"] },
  {
    command: "profile",
    takes: [
      ...["place guest", "machine", "kernel", "config", "samples", "against", "top", "out"],
      ...["wait", "plant-work"],
      ...axes.filter((name) => name !== "workers"),
    ],
  },
  {
    command: "search",
    takes: [
      ...[
        "config",
        "profile",
        "frame-bytes",
        "burst",
        "workload",
        "searches",
        "realtime",
        "out",
        "wait",
      ],
    ],
  },
  { command: "show", takes: ["markdown", "rewrite"] },
  { command: "compare", takes: ["by", "markdown", "page"] },
  {
    command: "publish",
    chosenBy: ["--index"],
    takes: ["to"],
    because: "it rebuilds the index, and publishes no run",
  },
  {
    command: "publish",
    takes: ["to", "as", "author", "allow-dirty", "allow-unverified", "width"],
  },
  { command: "guest", takes: ["clock", "machine", "kernel", "limit"] },
  { command: "kernels", takes: ["json"] },
  { command: "doctor", takes: ["config"] },
  { command: "clean", takes: [] },
];

/** What a user gave, without defaults. */
export function givenFlags(command: Command): GivenFlags {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === "cli",
  );
  return new Map(
    given.map((option) => [
      option.name().replace(/^no-/, ""),
      command.getOptionValue(option.attributeName()),
    ]),
  );
}

/**
 * @throws IopathError, exit status 3, that names a flag without effect and the one that takes it
 * away
 */
export function refuseIdleFlags(command: string, given: GivenFlags): void {
  const cases = effectCases.filter((entry) => entry.command === command);
  const chosen = cases.find(({ chosenBy = [] }) => chosenBy.every((flag) => isGiven(flag, given)));
  if (!chosen) throw new Error(`no case of ${command} in the table of effects`);
  const choosing = (chosen.chosenBy ?? []).map(nameOf);
  for (const name of given.keys()) {
    if (choosing.includes(name) || hasEffect(chosen, name, given)) continue;
    throw idleFlagError(name, given, chosen, cases);
  }
}

function hasEffect({ takes }: EffectCase, name: string, given: GivenFlags): boolean {
  return takes.some((entry) => nameOf(entry) === name && isGiven(entry, given));
}

/** "--tester none", "clock wall" or "--resume": given, and with that value where one is named. */
function isGiven(flag: string, given: GivenFlags): boolean {
  const [, value] = flag.split(" ");
  const name = nameOf(flag);
  return given.has(name) && (value === undefined || String(given.get(name)) === value);
}

/** "--tester none" → "tester" */
function nameOf(flag: string): string {
  return flag.replace(/^--/, "").split(" ")[0]!;
}

function idleFlagError(
  name: string,
  given: GivenFlags,
  chosen: EffectCase,
  cases: readonly EffectCase[],
): IopathError {
  const flag = written(name, given);
  if (chosen.chosenBy) {
    const by = chosen.chosenBy.join(" and ");
    const message = `${flag} has no effect with ${by}: ${chosen.because}`;
    const remedy = `leave out ${flag}, or ${by}`;
    return new IopathError(ExitStatus.usage, message, { remedy });
  }
  const others = cases.filter((entry) => entry.chosenBy && hasEffect(entry, name, given));
  const needed = others.map(({ chosenBy }) => chosenBy!.join(" and ")).join(" or ");
  const expected = chosen.takes.find((entry) => nameOf(entry) === name);
  const message = needed
    ? `${flag} has an effect only with ${needed}`
    : `${flag} has no effect on ${chosen.command}; it takes --${expected}`;
  return new IopathError(ExitStatus.usage, message, { remedy: `leave out ${flag}` });
}

/** A flag as it stands on the command line where its value matters, else its name. */
function written(name: string, given: GivenFlags): string {
  const value = given.get(name);
  if (value === false) return `--no-${name}`;
  return typeof value === "string" && !value.includes("/") ? `--${name} ${value}` : `--${name}`;
}
