/** A lane as a command sees it: a process that runs slices, and that ends with the command. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { ExitStatus, explain, IopathError, troubleOf } from "@iopath/contract";
import { startLimit } from "@iopath/lab";
import { parseJson } from "@iopath/native";
import { sliceCost } from "../statistics/paired-slices.ts";
import type { LaneTotals } from "../trial/request.ts";
import {
  compileCacheOf,
  laneProgram,
  nodeOf,
  type Revision,
  requestTo,
} from "../trial/revision.ts";
import { tellDeath, trialFlags } from "../trial/spawn-trial.ts";
import {
  type LaneAnswer,
  type LaneOrder,
  type LaneRequest,
  laneAnswer,
  lanesProtocol,
  type SliceOrder,
} from "./protocol.ts";

/** One slice of a lane, in nanoseconds per frame. */
export interface Slice {
  /** Of its samples, without those that something interrupted. */
  readonly costNs: number;
  /** The samples, or those that were wanted. */
  readonly windowsNs: readonly number[];
}

/** Far beyond what opening and warming up takes on a machine that others use. */
const readyLimitMs = 60_000;
/** A slice takes some milliseconds, and a lost frame shows within seconds. */
const sliceLimitMs = 20_000;
const endLimitMs = 5000;
const complaintMax = 4000;

/** An error of one lane: its cell fails with the reason, the command goes on with the others. */
export class LaneError extends IopathError {
  constructor(reason: string) {
    super(ExitStatus.cellFailed, reason);
    this.name = "LaneError";
  }
}

export class Lane implements AsyncDisposable {
  readonly #revision: Revision;
  /** Without a descriptor left it has no pipes. */
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<{ code: number | null; killedBy: string | null }>;
  readonly #signal: AbortSignal;
  readonly #kill = () => this.#child.kill("SIGKILL");
  #complaint = "";

  /** Starts opening; `ready` resolves when that is done. @param signal kills the process */
  constructor(
    revision: Revision,
    request: Omit<LaneRequest, "protocol" | "parentPid">,
    signal: AbortSignal,
  ) {
    this.#revision = revision;
    this.#signal = signal;
    // A group of its own: Ctrl-C reaches the command alone, and it ends its lanes.
    this.#child = spawn(nodeOf(revision), [...trialFlags, laneProgram(revision)], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      // Compiling our files again for every launch would take most of its time.
      env: { ...process.env, NODE_COMPILE_CACHE: compileCacheOf(revision) },
    });
    this.#ended = new Promise((done, fail) => {
      this.#child.once("error", fail);
      this.#child.once("close", (code, killedBy) => done({ code, killedBy }));
    });
    this.#ended.catch(() => {}); // reported to the caller that waits for an answer
    const { stdin, stdout, stderr } = this.#child;
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-complaintMax);
    });
    stdin?.on("error", () => {}); // it may be gone; its exit tells why
    this.#answers = createInterface(stdout ?? Readable.from([]))[Symbol.asyncIterator]();
    signal.addEventListener("abort", this.#kill, { once: true });
    const first = { ...request, protocol: lanesProtocol, parentPid: process.pid };
    this.#tell(requestTo(revision, first));
  }

  async ready(): Promise<void> {
    const answer = await this.#answer(readyLimitMs);
    if (answer.status !== "ready") throw this.#error(`it answered ${answer.status}, not ready`);
    if (answer.protocol === lanesProtocol) return;
    throw this.#error(
      `it speaks protocol ${answer.protocol} of lanes, and this command ${lanesProtocol}`,
    );
  }

  async slice(order: SliceOrder): Promise<Slice> {
    const { windowsNs, costNs } = await this.#ask(order, "slice");
    return { costNs: costNs ?? sliceCost(windowsNs), windowsNs };
  }

  /** What all slices took. */
  async totals(): Promise<LaneTotals> {
    const { status, ...totals } = await this.#ask({ totals: true }, "totals");
    return totals;
  }

  async #ask<Status extends LaneAnswer["status"]>(order: LaneOrder, status: Status) {
    this.#tell(order);
    const answer = await this.#answer(sliceLimitMs);
    if (answer.status === status) return answer as LaneAnswer & { status: Status };
    throw this.#error(`it answered ${answer.status}, not ${status}`);
  }

  #tell(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  async #answer(limitMs: number): Promise<LaneAnswer> {
    using _limit = startLimit(limitMs, this.#kill);
    for (;;) {
      const { value, done } = await this.#answers.next();
      this.#signal.throwIfAborted();
      if (done) throw this.#error(await this.#whyEnded(limitMs));
      const told = parseJson(value);
      // Other lines come from modules preloaded with NODE_OPTIONS.
      if (typeof told !== "object" || told === null || !("status" in told)) continue;
      const answer = laneAnswer.safeParse(told);
      if (!answer.success) throw this.#error(`it answered ${value.slice(0, 200)}`);
      if (answer.data.status === "failed") throw this.#error(answer.data.reason);
      return answer.data;
    }
  }

  async #whyEnded(limitMs: number): Promise<string> {
    try {
      return tellDeath(await this.#ended, this.#complaint, limitMs).reason;
    } catch (error) {
      return explain(troubleOf(error) ?? error); // it could not be started
    }
  }

  #error(reason: string): LaneError {
    return new LaneError(`the lane of ${this.#revision.label}: ${reason}`);
  }

  /** Lets the lane close what it opened; kills it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    using _limit = startLimit(endLimitMs, this.#kill);
    this.#child.stdin?.end();
    await this.#ended.catch(() => {});
    this.#signal.removeEventListener("abort", this.#kill);
  }
}
