/**
 * A process that reads orders and writes an answer to each, a line of JSON per message. It ends
 * with its standard input, and with the command at the latest.
 */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { explain, type IopathError, troubleOf } from "@iopath/contract";
import { startLimit } from "@iopath/lab";
import { parseJson } from "@iopath/native";
import type { z } from "zod";
import { endOf, type ProcessEnd, tellDeath } from "./trial-process.ts";

/** Far beyond what opening and warming up takes on a machine that others use. */
const readyLimitMs = 60_000;
const usualEndLimitMs = 5000;
const complaintMax = 4000;

type AnyAnswer = { readonly status: string; readonly reason?: string | undefined };

export interface LineProgram {
  /** What it is, for messages: "the forwarder". */
  readonly what: string;
  /** What its process is called there; "its process" without it. */
  readonly called?: string;
  /** With pipes for its three streams. */
  readonly start: () => ChildProcess;
  /** Of a message, when the process fails. */
  readonly toError: (message: string) => IopathError;
  /** Of a message, when it ends without an answer; the same without it. */
  readonly toLoss?: (message: string) => IopathError;
  /** Milliseconds that it gets to close what it opened. */
  readonly endLimitMs?: number;
}

export class LineProcess<Answer extends AnyAnswer> implements AsyncDisposable {
  readonly #program: LineProgram;
  readonly #schema: z.ZodType<Answer>;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<ProcessEnd>;
  readonly #signal: AbortSignal;
  readonly #kill = () => this.#child.kill("SIGKILL");
  #complaint = "";

  /**
   * @param request its first line
   * @param signal kills it
   */
  constructor(
    program: LineProgram,
    request: object,
    schema: z.ZodType<Answer>,
    signal: AbortSignal,
  ) {
    this.#program = program;
    this.#schema = schema;
    this.#signal = signal;
    this.#child = program.start();
    this.#ended = endOf(this.#child);
    this.#ended.catch(() => {}); // reported to the caller that waits for an answer
    const { stdin, stdout, stderr } = this.#child;
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-complaintMax);
    });
    stdin?.on("error", () => {}); // it may be gone; its exit tells why
    this.#answers = createInterface(stdout ?? Readable.from([]))[Symbol.asyncIterator]();
    signal.addEventListener("abort", this.#kill, { once: true });
    this.#write({ ...request, parentPid: process.pid });
  }

  /** Also the number of its main thread; 0 for one that could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it has ended by itself, and could close what it had opened. */
  get endedWell(): boolean {
    return this.#child.exitCode === 0;
  }

  /** The status that it ended with; null while it runs, and for one that was ended. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** The last of what it wrote to standard error. */
  get complaint(): string {
    return this.#complaint.trim();
  }

  /** Its first answer, when it has opened all that it needs. */
  async ready(): Promise<Answer & { status: "ready" }> {
    return await this.hear("ready", readyLimitMs);
  }

  /**
   * @throws IopathError when it does not answer in time, and then it is killed; or says
   *   that it failed
   */
  async ask<Status extends Answer["status"]>(
    order: object,
    status: Status,
    limitMs: number,
  ): Promise<Answer & { status: Status }> {
    this.#write(order);
    return await this.hear(status, limitMs);
  }

  #write(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** Its next answer. @throws IopathError as `ask` does */
  async hear<Status extends Answer["status"]>(
    status: Status,
    limitMs: number,
  ): Promise<Answer & { status: Status }> {
    using _limit = startLimit(limitMs, this.#kill);
    for (;;) {
      const { value, done } = await this.#answers.next();
      this.#signal.throwIfAborted();
      if (done) throw this.#loss(await this.#whyEnded(limitMs));
      const message = parseJson(value);
      // Other lines come from modules preloaded with NODE_OPTIONS.
      if (typeof message !== "object" || message === null || !("status" in message)) continue;
      const answer = this.#schema.safeParse(message);
      if (!answer.success) throw this.error(`it answered ${value.slice(0, 200)}`);
      const { data } = answer;
      if (data.status === "failed") throw this.error(data.reason ?? "it failed");
      if (data.status !== status) throw this.error(`it answered ${data.status}, not ${status}`);
      return data as Answer & { status: Status };
    }
  }

  async #whyEnded(limitMs: number): Promise<string> {
    try {
      const { reason } = tellDeath(await this.#ended, this.#complaint, limitMs);
      return reason.replace("the trial's process", this.#program.called ?? "its process");
    } catch (error) {
      return explain(troubleOf(error) ?? error); // it could not be started
    }
  }

  error(reason: string): IopathError {
    const { what, toError } = this.#program;
    return toError(`${what}: ${reason}`);
  }

  #loss(reason: string): IopathError {
    const { what, toError, toLoss = toError } = this.#program;
    return toLoss(`${what}: ${reason}`);
  }

  /** Lets it close what it opened; kills it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    using _limit = startLimit(this.#program.endLimitMs ?? usualEndLimitMs, this.#kill);
    this.#child.stdin?.end();
    await this.#ended.catch(() => {});
    this.#signal.removeEventListener("abort", this.#kill);
  }
}
