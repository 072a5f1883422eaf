/**
 * Which flags have an effect in which case of a command: the one table. Flags that say where frames
 * are forwarded depend on the config as well: `matrix/place-rules.ts` has their table.
 */
import { axisList } from "../../matrix/axis-list.ts";

export interface EffectCase {
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

const guest = ["place", "machine", "kernel", "iommu"];
/** What counts instructions, counts them in a guest. */
const counted = ["place guest", "machine", "clock instructions"];
/** Those that name devices of this host. */
const interfaceFlags = ["ports", "tester", "tester-namespace", "next-hop", "force"];
export const deviceFlags = [...interfaceFlags, "pf", "vfs", "rdma-device"];
/** "--frame-bytes <sizes>" → "frame-bytes", of each axis. */
const axes = axisList.map(({ flag }) => flag.option.split(" ")[0]!.slice(2));
/** Of a gate by the wall clock: both sides have one worker each. */
const cells = ["config", "path", "variant", ...axes.filter((name) => name !== "workers")];
const trials = ["workers", "samples", "rounds", "plant-work"];
const matrix = ["clock", ...cells, ...trials];
const ofOneCell = [
  ...["place guest", "machine", "cell", "within", "samples", "out", "wait"],
  ...axes.filter((name) => name !== "workers"),
];
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
      ...["width", "max-minutes", "profiles"],
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
      ...[...guest, ...deviceFlags, "config", "path", "variant", "workload"],
      ...["write-pcap", "wait"],
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
    chosenBy: ["--against-kernel"],
    takes: [
      ...[...counted, "kernel", ...cells, "workers", "samples", "rounds"],
      ...["within", "json", "out", "wait"],
    ],
    because: "it compares two kernels in one run, and keeps no history",
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
      ...["place guest", "machine", "kernel", "iommu"],
      ...["config", "samples", "against", "top", "out", "wait", "plant-work"],
      ...axes.filter((name) => name !== "workers"),
    ],
  },
  { command: "bisect", takes: [...ofOneCell, "profile", "json"] },
  { command: "bisect-step", takes: [...ofOneCell, "good", "bad", "build"] },
  {
    command: "search",
    chosenBy: ["--resume"],
    takes: ["out", "wait"],
    because: "it goes on with searches as they were started",
  },
  {
    command: "search",
    takes: [
      ...["config", "profile", "frame-bytes", "burst", "workload"],
      ...["searches", "realtime", "cpus", "out", "wait", ...interfaceFlags],
      ...["tester-host", "tester-command"],
    ],
  },
  { command: "tester", takes: [] },
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
  {
    command: "kernels",
    chosenBy: ["--prune"],
    takes: [],
    because: "it removes kernels, and lists none",
  },
  { command: "kernels", takes: ["json"] },
  { command: "kernel build", takes: ["into", "copy", "options", "jobs"] },
  { command: "doctor", takes: ["config"] },
  { command: "clean", takes: [] },
];
