/**
 * A Linux guest on the machine's own files: boots in seconds with the host's root file system, read
 * only below a layer in memory, and runs commands of it. So it runs this very project, with devices
 * that this machine does not have.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { refreshSources } from "@iopath/native";
import { startLimit } from "../wait.ts";
import { files, lastWords, removeOrphanGuests, takeFile } from "./guest-folder.ts";
import { type QemuOptions, type RunningGuest, startQemu } from "./guest-process.ts";
import { type Command, type JobOptions, writeJob } from "./job.ts";
import type { GuestMachine } from "./machine.ts";
import { guestMachines } from "./machines/index.ts";
import { guestKernel } from "./packages.ts";
import type { AgentLink } from "./wires.ts";

export interface GuestOptions extends QemuOptions {
  /** `igb` when it is not said. */
  readonly machine?: GuestMachine;
  /** Until the agent answers, for each of two tries. */
  readonly bootLimitMs?: number;
}

/** Boots take 4 s on a quiet machine with TCG and took 53 s with three guests on two processors. */
const defaultBootLimitMs = 180_000;
const preparationLimitMs = 180_000;
/** From the break of its sockets to the end of QEMU. */
const endLimitMs = 2_000;

/**
 * Made by `Guest.boot`; ended, with all of its files, by `using`, or with the process at the
 * latest.
 */
export class Guest implements Disposable {
  /** The guest's uptime when it was ready, in seconds of its own clock. */
  readonly uptimeS: number;
  readonly processors: number;
  readonly #folder: string;
  readonly #link: AgentLink;
  readonly #ended: Promise<never>;
  readonly #resources: DisposableStack;
  #jobs = 0;

  private constructor(running: RunningGuest, link: AgentLink, uptimeS: number) {
    this.uptimeS = uptimeS;
    this.processors = running.processors;
    this.#folder = running.folder;
    this.#link = link;
    this.#ended = running.ended;
    this.#resources = running.resources;
  }

  /**
   * Boots; a boot that hangs is tried once more.
   *
   * @throws IopathError with the console's last lines when it does not come up, or without packages
   */
  static async boot(options: GuestOptions): Promise<Guest> {
    removeOrphanGuests();
    refreshSources();
    try {
      return await Guest.#bootOnce(options);
    } catch (error) {
      if (!(error instanceof BootHang)) throw error;
      return await Guest.#bootOnce(options);
    }
  }

  static async #bootOnce(options: GuestOptions): Promise<Guest> {
    const { machine = guestMachines[0] } = options;
    const running = await startQemu(machine, options);
    using undo = running.resources.move();
    const limitMs = options.bootLimitMs ?? defaultBootLimitMs;
    const { link, uptimeS } = await within(
      Promise.race([running.wires.ready(), running.ended]),
      limitMs,
      () => new BootHang(limitMs, running.folder),
    );
    const guest = new Guest({ ...running, resources: undo.move() }, link, uptimeS);
    const prepared = machine.preparation?.(guestKernel(options.kernel)) ?? [];
    for (const command of prepared) await guest.#prepare(command);
    return guest;
  }

  /**
   * Takes a file out of the share, which the guest's programs see as `/run/iopath`. It is gone
   * afterwards.
   *
   * @returns undefined when it is not there
   */
  takeShared(name: string): string | undefined {
    return takeFile(join(this.#folder, files.share, name));
  }

  /** What the profiler wrote at the mark WRITE of this number, from 1 on; as `takeShared`. */
  takeProfile(number: number): string | undefined {
    return takeFile(join(this.#folder, `${files.profile}${number}`));
  }

  /** What QEMU and the console said last. */
  lastWords(): string {
    return lastWords(this.#folder);
  }

  /** Runs a command without which the guest is of no use. */
  async #prepare(command: Command): Promise<void> {
    let complaint = "";
    const onError = (chunk: Buffer) => (complaint += chunk);
    const status = await this.run(command, { limitMs: preparationLimitMs, onError });
    if (status === 0) return;
    this[Symbol.dispose]();
    const what = `\`${command.join(" ")}\` ended with status ${status} in the guest`;
    throw new IopathError(ExitStatus.cannotRun, `${what}: ${complaint.trim()}`);
  }

  /**
   * Runs a program of the host's file system, one at a time. It has ended when the last process
   * that holds its standard output or error has closed them.
   *
   * @returns its exit status; 128 + the signal's number when a signal ended it; 126 or 127 when it
   *   could not be started
   * @throws IopathError when the guest ends or the limit passes; the guest is gone afterwards
   */
  async run(command: Command, options: JobOptions): Promise<number> {
    const name = `job${++this.#jobs}`;
    const marker = `<end-of-${name}-${randomBytes(16).toString("hex")}>`;
    writeJob(join(this.#folder, files.share, name), command, options);
    const { onOutput = ignore, onError = ignore } = options;
    const streams = this.#link.untilMarked(marker, onOutput, onError);
    this.#link.send("run", name, marker);
    const job = Promise.all([this.#link.line("ended"), streams]);
    const line = command.join(" ");
    try {
      const [[, , status]] = await within(
        Promise.race([job, this.#ended]),
        options.limitMs,
        () => new JobHang(line, options.limitMs, this.#folder),
      );
      return Number(status);
    } catch (error) {
      const told = error instanceof IopathError ? error : await this.#whyEnded(error as Error);
      this[Symbol.dispose]();
      throw told;
    }
  }

  /** The sockets of a QEMU that dies break before its end is known, and that says more. */
  async #whyEnded(broken: Error): Promise<unknown> {
    return await within(this.#ended, endLimitMs, () => broken).catch((why: unknown) => why);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

function ignore(): void {}

class BootHang extends IopathError {
  constructor(limitMs: number, folder: string) {
    const message = `the guest did not come up within ${limitMs / 1000} s; it said\n${lastWords(folder)}`;
    super(ExitStatus.cannotRun, message, {
      remedy: "a busy machine boots slowly: try again when it is quiet",
    });
  }
}

class JobHang extends IopathError {
  constructor(line: string, limitMs: number, folder: string) {
    const what = `\`${line}\` did not end within ${limitMs / 1000} s in the guest`;
    super(ExitStatus.cannotRun, `${what}; the guest said\n${lastWords(folder)}`);
  }
}

/** The promise's result, or the error when it takes longer. */
async function within<T>(promise: Promise<T>, limitMs: number, late: () => Error): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  using _limit = startLimit(limitMs, () => reject(late()));
  return await Promise.race([promise, timeout]);
}
