/**
 * A tester on another machine, as a device asks it. Frames get their times and are counted over
 * there, by one clock: what is measured here of the forwarder needs no clock in common with it.
 */
import type { ChildProcess } from "node:child_process";
import { ExitStatus, IopathError } from "@iopath/contract";
import type { FarEnds } from "@iopath/lab";
import type { z } from "zod";
import type { FarHost } from "../../matrix/search-cell.ts";
import { LineProcess, type LineProgram } from "../../trial/line-process.ts";
import type { TesterOrder } from "../protocol.ts";
import {
  type EndsRequest,
  farAnswer,
  farProtocol,
  type machineSchema,
  type Speaker,
  thisSpeaker,
} from "./far-protocol.ts";
import { keepAlive, silenceLimitMs } from "./heartbeat.ts";
import { startSsh } from "./ssh.ts";

/** Of ssh, and of the command that starts there. */
const connectLimitMs = 60_000;
const openLimitMs = 60_000;
/** The other side has limits of its own, and says what went wrong. */
const slackMs = 20_000;
/** It ends its processes, and looks at what they left. */
const endLimitMs = 20_000;

type FarAnswer = z.infer<typeof farAnswer>;

/** The connection broke: what was measured until then stands, and the run can go on later. */
export class TesterLost extends IopathError {
  constructor(message: string) {
    super(ExitStatus.cellFailed, message, {
      remedy: "when the connection is back, `iopath search --resume` goes on where it ended",
    });
    this.name = "TesterLost";
  }
}

interface FarTesterOptions {
  readonly far: FarHost;
  readonly request: EndsRequest;
  /** Whether this run has reached it before: what fails now is a connection that broke. */
  readonly wasThere?: boolean;
  /** Ends the connection. */
  readonly signal: AbortSignal;
  /** In place of ssh; for tests. */
  readonly start?: (far: FarHost) => ChildProcess;
  readonly silenceMs?: number;
}

export class FarTester implements AsyncDisposable {
  readonly #host: string;
  readonly #process: LineProcess<FarAnswer>;
  readonly #signal: AbortSignal;
  #alive: Disposable | undefined;
  #isSilent = false;
  #isClosed = false;
  /** Until a tester is there, whatever goes wrong is trouble with getting one. */
  #isThere: boolean;
  #known: { ends: FarEnds; machine: z.infer<typeof machineSchema> } | undefined;

  private constructor({ far, request, signal, ...rest }: FarTesterOptions) {
    const { start = startSsh, silenceMs = silenceLimitMs, wasThere = false } = rest;
    this.#isThere = wasThere;
    this.#host = far.host;
    this.#signal = signal;
    const program: LineProgram = {
      ...{ what: `the tester on ${far.host}`, called: "ssh", endLimitMs },
      start: () => {
        const child = start(far);
        this.#alive = this.#keepAlive(child, silenceMs);
        return child;
      },
      toError: (message) =>
        new IopathError(this.#isThere ? ExitStatus.cellFailed : ExitStatus.refused, message),
      toLoss: (message) => this.#toLoss(message, silenceMs),
    };
    this.#process = new LineProcess(program, request, farAnswer, signal);
  }

  /**
   * Starts a tester there and asks it about its interfaces; nothing is opened on them yet.
   *
   * @throws IopathError when there is none to be had, when it is of another protocol, or with all
   *   that keeps its interfaces from being used
   */
  static async connect(options: FarTesterOptions): Promise<FarTester> {
    const tester = new FarTester(options);
    try {
      requireProtocol(options.far.host, await tester.#process.hear("hello", connectLimitMs));
      const waitMs = options.request.waitMinutes * 60_000;
      const { ends, machine } = await tester.#process.hear("ends", openLimitMs + waitMs);
      tester.#known = { ends, machine };
      tester.#isThere = true;
      return tester;
    } catch (error) {
      await tester[Symbol.asyncDispose]();
      throw error;
    }
  }

  get ends(): FarEnds {
    return this.#known!.ends;
  }

  get machine(): z.infer<typeof machineSchema> {
    return this.#known!.machine;
  }

  /** Opens generator and sink. @param request a `TesterRequest` */
  async open(request: object): Promise<void> {
    await this.#process.ask({ open: request }, "ready", openLimitMs);
  }

  async ask<Status extends FarAnswer["status"]>(
    order: TesterOrder,
    status: Status,
    limitMs: number,
  ): Promise<FarAnswer & { status: Status }> {
    return await this.#process.ask(order, status, limitMs + slackMs);
  }

  get endedWell(): boolean {
    return this.#process.endedWell;
  }

  #keepAlive(child: ChildProcess, limitMs: number): Disposable | undefined {
    const { stdout, stdin } = child;
    if (!stdout || !stdin) return undefined; // it could not be started
    const onSilence = () => {
      this.#isSilent = true;
      child.kill("SIGKILL");
    };
    return keepAlive({ input: stdout, output: stdin, onSilence, limitMs });
  }

  #toLoss(message: string, silenceMs: number): IopathError {
    const said = this.#isSilent
      ? `the tester on ${this.#host}: nothing was heard of it for ${silenceMs / 1000} s`
      : message;
    return this.#isThere ? new TesterLost(said) : unreachable(this.#host, said);
  }

  /** @throws IopathError, exit status 7, when it says that it left something behind */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#process[Symbol.asyncDispose]();
    this.#alive?.[Symbol.dispose]();
    if (this.#process.exitCode !== ExitStatus.hostDirty || this.#signal.aborted) return;
    const { complaint } = this.#process;
    throw new IopathError(ExitStatus.hostDirty, `the tester on ${this.#host}: ${complaint}`);
  }
}

function unreachable(host: string, message: string): IopathError {
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy:
      `\`ssh ${host} iopath --version\` has to work without a question; ` +
      "`--tester-command` says how iopath is started there, as root",
  });
}

/** @throws IopathError that names both versions */
function requireProtocol(host: string, there: Speaker): void {
  if (there.protocol === farProtocol) return;
  const message = `the tester on ${host} speaks ${inWords(there)}, and this command ${inWords(thisSpeaker())}`;
  throw new IopathError(ExitStatus.refused, message, {
    remedy: "install the same version of iopath on both machines",
  });
}

function inWords({ protocol, iopath, revision }: Speaker): string {
  return `protocol ${protocol} (iopath ${iopath}, commit ${revision.slice(0, 12)})`;
}
