/**
 * What a command line comes down to, as data: flags and config resolved, nothing done yet. Whatever
 * a flag changes, it changes here, so that a test can tell that none is ignored.
 */
import type { Interfaces } from "@iopath/lab";
import type { CandidateRun } from "../gate/counted/measure.ts";
import type { KernelPair } from "../gate/kernels/gate-kernels.ts";
import type { Inconclusive } from "../gate/report-files.ts";
import type { Thresholds } from "../gate/thresholds.ts";
import type { Cell } from "../matrix/cell.ts";
import type { Config } from "../matrix/config.ts";
import type { Searches } from "../matrix/search-cell.ts";
import type { Section } from "../matrix/section.ts";
import type { Allowances } from "../publish/fitness.ts";
import type {
  BisectPlan,
  BisectStepPlan,
  KernelBuildPlan,
  KernelsPlan,
  PruneKernelsPlan,
} from "./kernel-plans.ts";

export interface MeasurePlan {
  readonly does: "measure";
  readonly config: Config;
  /** The config's file, where it has sections for `iopath search` too. */
  readonly searchesIn: string | undefined;
  readonly out: string;
  readonly json: boolean;
  readonly waitMinutes: number;
}

export interface ResumePlan {
  readonly does: "resume";
  readonly out: string;
  readonly json: boolean;
  readonly waitMinutes: number;
}

/** `run --tester none`: one variant forwards for a tester elsewhere. */
export interface ForwardPlan {
  readonly does: "forward";
  readonly interfaces: Interfaces;
  readonly path: string;
  readonly variant: string;
  readonly burst: number;
  readonly workload: string;
  readonly cpu: number | undefined;
  /** The folder of `counters.jsonl`; not written when undefined. */
  readonly out: string | undefined;
  /** Only say so. */
  readonly dryRun: boolean;
}

export interface ListPlan {
  readonly does: "list";
  readonly config: Config;
  readonly json: boolean;
  /** Of a dry run: where its results would go, and how long it would wait. */
  readonly run?: { readonly out: string; readonly waitMinutes: number };
}

export interface VerifyPlan {
  readonly does: "verify";
  readonly section: Section;
  readonly frames: number;
  /** Undefined: one is drawn. */
  readonly seed: number | undefined;
  readonly pcap: string | undefined;
  readonly writePcap: string | undefined;
  readonly waitMinutes: number;
}

/** How a gate reports. */
export interface ReportPlan {
  readonly out: string;
  readonly json: boolean;
  readonly inconclusive: Inconclusive;
  /** Where the figures are added; nowhere when undefined. */
  readonly history: string | undefined;
}

/** What is gated: rows that are there, or a run made now. */
export type CandidatePlan = { readonly rows: string } | CandidateRun;

/** The gate on instructions, against a baseline. */
export interface GatePlan {
  readonly does: "gate";
  readonly candidate: CandidatePlan;
  /** A file, or a revision of git that has the file; undefined for the file as it is here. */
  readonly baseline: string | undefined;
  readonly thresholds: Thresholds;
  readonly report: ReportPlan;
}

/** The gate by the wall clock, against another revision. */
export interface AgainstPlan {
  readonly does: "gate against";
  readonly against: string;
  readonly cells: readonly Cell[];
  readonly within: number | undefined;
  readonly maxMinutes: number;
  readonly waitMinutes: number;
  readonly report: ReportPlan;
}

/** The gate on instructions, of one kernel against another. */
export interface GateKernelsPlan {
  readonly does: "gate kernels";
  readonly kernels: KernelPair;
  /** Its sections, once for each of the two. */
  readonly config: Config;
  readonly thresholds: Thresholds;
  readonly waitMinutes: number;
  readonly out: string;
  readonly json: boolean;
}

/** How large a self-test is, and where it keeps what it made. */
interface SelfTestSize {
  readonly out: string;
  readonly equal: number;
  readonly tries: number;
  readonly maxMinutes: number;
  readonly waitMinutes: number;
}

export interface InstructionsSelfTestPlan extends SelfTestSize {
  readonly does: "self-test instructions";
  readonly config: Config;
  readonly thresholds: Thresholds;
}

export interface WallSelfTestPlan extends SelfTestSize {
  readonly does: "self-test wall";
  readonly cells: readonly Cell[];
  /** Of a cell's cost, planted as needless work: 0.01 is 1 %. */
  readonly shares: readonly number[];
}

export interface UpdateBaselinePlan {
  readonly does: "baseline update";
  readonly candidate: CandidatePlan;
  /** The file to write; undefined for the one in results/baseline/. */
  readonly baseline: string | undefined;
}

export interface TrendPlan {
  readonly does: "trend";
  readonly history: string;
  readonly branch: string | undefined;
  readonly form: "text" | "json" | "otava";
}

export interface ShowPlan {
  readonly does: "show";
  readonly place: string;
  readonly markdown: boolean;
  readonly rewrite: boolean;
}

export interface ComparePlan {
  readonly does: "compare";
  readonly places: readonly string[];
  readonly markdown: boolean;
  readonly page: string | undefined;
  /** Of one run, its kernels; undefined for several runs. */
  readonly by: "kernel" | undefined;
}

export interface PublishPlan {
  readonly does: "publish";
  /** Undefined: only the index is rebuilt. */
  readonly run:
    | {
        readonly place: string;
        readonly host: string | undefined;
        readonly author: string;
        readonly allowed: Allowances;
      }
    | undefined;
  readonly to: string;
}

/** Where the instructions of each cell go. */
export interface ProfilePlan {
  readonly does: "profile";
  /** Sections that count instructions in a guest. */
  readonly config: Config;
  /** "xdp/native": of the cells, those that are shown; all when it is empty. */
  readonly shown: readonly string[];
  /** What each is compared with; the tester alone when undefined. */
  readonly against:
    | { readonly variant: string }
    | { readonly kernel: string }
    | { readonly folder: string }
    | undefined;
  /** Functions in the table. */
  readonly top: number;
  readonly out: string;
  readonly waitMinutes: number;
}

/** How many frames per second get through, in an open loop. */
export interface SearchPlan {
  readonly does: "search";
  readonly searches: Searches;
  readonly out: string;
  readonly waitMinutes: number;
}

export interface ResumeSearchPlan {
  readonly does: "resume search";
  readonly out: string;
  readonly waitMinutes: number;
}

export interface GuestPlan {
  readonly does: "guest";
  readonly command: readonly [string, ...string[]];
  readonly clock: "wall" | "instructions";
  readonly machine: string;
  readonly kernel: string;
  readonly limitS: number;
}

export type Plan =
  | MeasurePlan
  | ResumePlan
  | ForwardPlan
  | ListPlan
  | VerifyPlan
  | GatePlan
  | AgainstPlan
  | GateKernelsPlan
  | InstructionsSelfTestPlan
  | WallSelfTestPlan
  | UpdateBaselinePlan
  | TrendPlan
  | ShowPlan
  | ComparePlan
  | PublishPlan
  | ProfilePlan
  | SearchPlan
  | ResumeSearchPlan
  | BisectPlan
  | BisectStepPlan
  | GuestPlan
  | KernelBuildPlan
  /** The paths that are known, those of a config included. */
  | { readonly does: "doctor"; readonly paths: readonly string[] }
  | KernelsPlan
  | PruneKernelsPlan
  /** The tester of an open loop, for a search on another machine. */
  | { readonly does: "tester" }
  | { readonly does: "clean" };

/** Takes the plan of a command line. */
export type Answer = (plan: Plan) => Promise<void>;

/** Does what a plan says, and returns the exit status. */
export type Perform = (plan: Plan) => Promise<number>;
