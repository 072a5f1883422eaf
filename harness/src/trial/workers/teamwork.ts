/**
 * One worker among others: all sample while all are at work, and none leaves while others need it.
 */
import type { Forwarder } from "@iopath/contract";
import { type Board, Phase } from "./board.ts";

export class Teamwork {
  readonly #board: Board;
  readonly #worker: number;
  readonly #step: () => number;

  constructor(board: Board, worker: number, forwarder: Forwarder | undefined) {
    this.#board = board;
    this.#worker = worker;
    this.#step = forwarder ? forwarder.step : () => 0;
  }

  /** Waits until all are open. */
  begin(): void {
    this.#board.arrive(this.#worker, Phase.ready);
    this.#forwardUntil(Phase.ready);
  }

  /**
   * Keeps the machine as busy as before until all have sampled; then frames of others may still
   * come.
   */
  end(exchange: () => void): void {
    this.#board.arrive(this.#worker, Phase.sampled);
    while (!this.#board.isReleased(Phase.sampled)) exchange();
    this.#board.arrive(this.#worker, Phase.quiet);
    this.#forwardUntil(Phase.quiet);
  }

  #forwardUntil(phase: Phase): void {
    while (!this.#board.isReleased(phase)) this.#step();
  }
}
