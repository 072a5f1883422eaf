/** A lane as a command sees it: a process that runs slices, and that ends with the command. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { sliceCost } from "../statistics/paired-slices.ts";
import { LineProcess } from "../trial/line-process.ts";
import type { LaneTotals } from "../trial/request.ts";
import { laneProgram, nodeOf, type Revision, requestTo } from "../trial/revision.ts";
import { startProgram } from "../trial/trial-process.ts";
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

/** A slice takes some milliseconds, and a lost frame shows within seconds. */
const sliceLimitMs = 20_000;

/** An error of one lane: its cell fails with the reason, the command goes on with the others. */
export class LaneError extends IopathError {
  constructor(reason: string) {
    super(ExitStatus.cellFailed, reason);
    this.name = "LaneError";
  }
}

export class Lane implements AsyncDisposable {
  readonly #process: LineProcess<LaneAnswer>;

  /** Starts opening; `ready` resolves when that is done. @param signal kills the process */
  constructor(
    revision: Revision,
    request: Omit<LaneRequest, "protocol" | "parentPid">,
    signal: AbortSignal,
  ) {
    const file = laneProgram(revision);
    const program = {
      what: `the lane of ${revision.label}`,
      start: () => startProgram({ revision, node: nodeOf(revision), file }),
      toError: (message: string) => new LaneError(message),
    };
    const first = requestTo(revision, { ...request, protocol: lanesProtocol });
    this.#process = new LineProcess(program, first, laneAnswer, signal);
  }

  async ready(): Promise<void> {
    const { protocol } = await this.#process.ready();
    if (protocol === lanesProtocol) return;
    throw this.#process.error(
      `it speaks protocol ${protocol} of lanes, and this command ${lanesProtocol}`,
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
    return await this.#process.ask(order, status, sliceLimitMs);
  }

  /** Lets the lane close what it opened; kills it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
