/**
 * A search for several goals at once, by RFC 9971 (MLRsearch): which loads a device forwards with
 * no more loss than each goal allows. It only decides which trial is next; `measure` makes it.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { classify, conditionalThroughput, type Goal, type MadeTrial } from "./goal.ts";
import { loadGrid } from "./load-grid.ts";
import { type Bounds, type Candidate, Selector } from "./selector.ts";

interface SearchOptions {
  readonly goals: readonly Goal[];
  /** Frames per second, the lowest and the highest that may be tried. */
  readonly minLoad: number;
  readonly maxLoad: number;
  /** @throws SearchCut to end the search with what it has */
  measure(load: number, seconds: number): Promise<TrialEnd>;
  /** Asked before each trial: the search ends with what it has when the time is up. */
  readonly isTimeUp?: () => boolean;
}

/** What a trial lost, or what its tester reached instead of the load, frames per second. */
export type TrialEnd = { readonly lossRatio: number } | { readonly reached: number };

/** Ends a search in the middle: its cause says why no further trial can be made. */
export class SearchCut extends Error {
  override readonly cause: IopathError;

  constructor(cause: IopathError) {
    super(cause.message);
    this.cause = cause;
  }
}

/** Why a result is irregular in the sense of RFC 9971; empty for a regular one. */
type Irregularity = "" | "no upper bound" | "no lower bound" | "not narrow enough";

export interface GoalResult {
  readonly goal: Goal;
  /** Frames per second; undefined where no load is one. */
  readonly lowerBound: number | undefined;
  readonly upperBound: number | undefined;
  /** Of the lower bound; undefined without one. */
  readonly conditionalThroughput: number | undefined;
  readonly irregularity: Irregularity;
}

interface SearchTrial extends MadeTrial {
  readonly load: number;
}

export interface SearchResult {
  readonly results: readonly GoalResult[];
  /** In the order in which they were made. */
  readonly trials: readonly SearchTrial[];
  /** The highest load that the tester reached; `maxLoad` where all were within reach. */
  readonly reached: number;
  /** Why it ended before its goals were reached or the time was up; undefined when it did not. */
  readonly cut: IopathError | undefined;
}

/** @throws IopathError when not even the lowest load is within the tester's reach */
export async function search(options: SearchOptions): Promise<SearchResult> {
  const searching = new Search(options);
  await searching.runToEnd();
  return searching.result();
}

class Search {
  readonly #options: SearchOptions;
  readonly #grid: ReturnType<typeof loadGrid>;
  readonly #byIndex = new Map<number, MadeTrial[]>();
  readonly #trials: SearchTrial[] = [];
  #top: number;
  #cut: IopathError | undefined;

  constructor(options: SearchOptions) {
    const { goals, minLoad, maxLoad } = options;
    this.#options = options;
    this.#grid = loadGrid(minLoad, maxLoad, Math.min(...goals.map(({ width }) => width)));
    this.#top = this.#grid.top;
  }

  async runToEnd(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (!(error instanceof SearchCut)) throw error;
      this.#cut = error.cause;
    }
  }

  async #run(): Promise<void> {
    const { goals, isTimeUp = () => false } = this.#options;
    const hints = await this.#firstTrials();
    const knowledge = {
      boundsOf: (target: Goal) => this.#boundsOf(target),
      top: () => this.#top,
      stepsOf: (width: number) => this.#grid.stepsOf(width),
    };
    const selectors = goals.map((goal) => new Selector(goal, knowledge, hints));
    while (!isTimeUp()) {
      const candidates = selectors.flatMap((selector) => selector.next() ?? []);
      const [first, ...others] = candidates;
      if (!first) return;
      const { index, seconds } = others.reduce(earlier, first);
      await this.#measure(index, seconds);
    }
  }

  /**
   * The highest load, then what the device forwarded of it, then the rate of that: after them the
   * search is near to where the device begins to lose.
   */
  async #firstTrials(): Promise<Bounds> {
    const { goals, isTimeUp = () => false } = this.#options;
    const seconds = Math.max(...goals.map(({ initialTrialS }) => initialTrialS));
    const allowed = Math.min(...goals.map(({ lossRatio }) => lossRatio));
    let lossRatio = await this.#measure(this.#top, seconds);
    while (lossRatio === undefined) lossRatio = await this.#measure(this.#top, seconds);
    let upper = this.#top;
    let lower = upper;
    for (let again = 0; again < 2 && lossRatio > allowed && lower > 0 && !isTimeUp(); again++) {
      upper = lower;
      const forwarded = (this.#grid.loadOf(lower) * (1 - lossRatio)) / (1 - allowed);
      lower = Math.min(lower - 1, this.#grid.indexOf(forwarded));
      lossRatio = (await this.#measure(lower, seconds)) ?? 1;
    }
    return { lower, upper };
  }

  /** @returns the loss ratio; undefined when the load was out of reach, which lowers the highest */
  async #measure(index: number, seconds: number): Promise<number | undefined> {
    const load = this.#grid.loadOf(index);
    const made = await this.#options.measure(load, seconds);
    if ("reached" in made) {
      if (index === 0) throw outOfReachError(load);
      this.#top = Math.min(this.#top, index - 1, this.#grid.indexOf(made.reached));
      return undefined;
    }
    const trial = { seconds, lossRatio: made.lossRatio };
    this.#trials.push({ ...trial, load });
    this.#byIndex.set(index, [...(this.#byIndex.get(index) ?? []), trial]);
    return made.lossRatio;
  }

  /** RFC 9971: the smallest upper bound, and the largest lower bound below it. */
  #boundsOf(goal: Goal): Bounds {
    let lower: number | undefined;
    for (const index of [...this.#byIndex.keys()].sort((a, b) => a - b)) {
      const is = classify(goal, this.#byIndex.get(index)!);
      if (is === "upper bound") return { lower, upper: index };
      if (is === "lower bound") lower = index;
    }
    return { lower, upper: undefined };
  }

  result(): SearchResult {
    const results = this.#options.goals.map((goal) => this.#resultOf(goal));
    const reached = this.#grid.loadOf(this.#top);
    return { results, trials: this.#trials, reached, cut: this.#cut };
  }

  #resultOf(goal: Goal): GoalResult {
    const { lower, upper } = this.#boundsOf(goal);
    const at = (index: number | undefined) =>
      index === undefined ? undefined : this.#grid.loadOf(index);
    const lowerBound = at(lower);
    return {
      goal,
      lowerBound,
      upperBound: at(upper),
      conditionalThroughput:
        lowerBound === undefined
          ? undefined
          : conditionalThroughput(goal, lowerBound, this.#byIndex.get(lower!)!),
      irregularity: this.#irregularity(goal, lower, upper),
    };
  }

  #irregularity(goal: Goal, lower?: number, upper?: number): Irregularity {
    if (lower === undefined) return upper === 0 ? "no lower bound" : "not narrow enough";
    if (upper === undefined) return lower >= this.#top ? "no upper bound" : "not narrow enough";
    return upper - lower <= this.#grid.stepsOf(goal.width) ? "" : "not narrow enough";
  }
}

/** The shorter trial first: it may spare the longer one. */
function earlier(a: Candidate, b: Candidate): Candidate {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? a : b;
  return a.index <= b.index ? a : b;
}

function outOfReachError(load: number): IopathError {
  const message = `the tester does not reach ${load} frames per second, the lowest load`;
  return new IopathError(ExitStatus.cellFailed, message, {
    remedy: "end what else runs on this machine; the tester needs a CPU for itself",
  });
}
