/**
 * A process that is told what to do, a line of JSON each, and answers each line with one. It ends
 * with its standard input, and with the command at the latest.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { ExitStatus, explain, IopathError, troubleOf } from "@iopath/contract";
import { parseJson } from "@iopath/native";
import type { z } from "zod";
import { compileCacheOf, ownRevision } from "../trial/revision.ts";
import { tellDeath, trialFlags } from "../trial/spawn-trial.ts";

/** Far beyond what opening takes on a machine that others use. */
const readyLimitMs = 60_000;
const endLimitMs = 5000;
const complaintMax = 4000;

type AnyAnswer = { readonly status: string; readonly reason?: string | undefined };

export class ToldProcess<Answer extends AnyAnswer> implements AsyncDisposable {
  /** What it is, for messages: "the forwarder". */
  readonly what: string;
  readonly #schema: z.ZodType<Answer>;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<{ code: number | null; killedBy: string | null }>;
  readonly #signal: AbortSignal;
  readonly #kill = () => this.#child.kill("SIGKILL");
  #complaint = "";
  /** The limit that was up, for the message about its death. */
  #limitMs = 0;

  /**
   * @param file of its program
   * @param request what it is told first
   * @param signal kills it
   */
  constructor(
    what: string,
    file: string,
    request: object,
    schema: z.ZodType<Answer>,
    signal: AbortSignal,
  ) {
    this.what = what;
    this.#schema = schema;
    this.#signal = signal;
    // A group of its own: Ctrl-C reaches the command alone, and it ends its processes.
    this.#child = spawn(process.execPath, [...trialFlags, file], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCacheOf(ownRevision) },
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
    this.#tell({ ...request, parentPid: process.pid });
  }

  /** Also the number of its main thread; 0 for one that could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it has ended by itself, and could close what it had opened. */
  get endedWell(): boolean {
    return this.#child.exitCode === 0;
  }

  /** Its first answer, when it has opened all that it needs. */
  async ready(): Promise<Answer & { status: "ready" }> {
    return await this.#answer("ready", readyLimitMs);
  }

  /**
   * @throws IopathError when it does not answer in time, and then it is killed; or says that it
   *   failed
   */
  async ask<Status extends Answer["status"]>(
    order: object,
    status: Status,
    limitMs: number,
  ): Promise<Answer & { status: Status }> {
    this.#tell(order);
    return await this.#answer(status, limitMs);
  }

  #tell(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  async #answer<Status extends string>(
    status: Status,
    limitMs: number,
  ): Promise<Answer & { status: Status }> {
    this.#limitMs = limitMs;
    const timer = setTimeout(this.#kill, limitMs);
    try {
      for (;;) {
        const { value, done } = await this.#answers.next();
        this.#signal.throwIfAborted();
        if (done) throw this.#error(await this.#whyEnded());
        const told = parseJson(value);
        // Other lines come from modules preloaded with NODE_OPTIONS.
        if (typeof told !== "object" || told === null || !("status" in told)) continue;
        const answer = this.#schema.safeParse(told);
        if (!answer.success) throw this.#error(`it answered ${value.slice(0, 200)}`);
        const { data } = answer;
        if (data.status === "failed") throw this.#error(data.reason ?? "it failed");
        if (data.status !== status) throw this.#error(`it answered ${data.status}, not ${status}`);
        return data as Answer & { status: Status };
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #whyEnded(): Promise<string> {
    try {
      const end = await this.#ended;
      const { reason } = tellDeath(end, this.#complaint, this.#limitMs);
      return reason.replace("the trial's process", "its process");
    } catch (error) {
      return explain(troubleOf(error) ?? error); // it could not be started
    }
  }

  #error(reason: string): IopathError {
    return new IopathError(ExitStatus.cellFailed, `${this.what}: ${reason}`);
  }

  /** Lets it close what it opened; kills it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(this.#kill, endLimitMs);
    this.#child.stdin?.end();
    await this.#ended.catch(() => {});
    clearTimeout(timer);
    this.#signal.removeEventListener("abort", this.#kill);
  }
}
