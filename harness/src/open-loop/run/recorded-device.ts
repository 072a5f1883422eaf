/**
 * A device whose answers are in a journal: those that are there are given again, the others are
 * asked of a device that is opened when the first of them is wanted, and recorded.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { OmitOfEach } from "../../trial/request.ts";
import type { Bins } from "../bins.ts";
import type { Measurable } from "../measure.ts";
import type { Trial } from "../protocol.ts";
import type { AnswerEvent, DeviceFacts, OpenedEvent } from "./events.ts";

/** What is opened: a lab with a forwarder and a tester. */
export interface OpenDevice extends Omit<Measurable, "elapsedMs">, AsyncDisposable {
  readonly deviceMode: string;
}

interface Recording {
  readonly opened: DeviceFacts | undefined;
  readonly answers: readonly AnswerEvent[];
  /** Which CPU does what, of a device that is opened now. */
  readonly placement: string;
  open(): Promise<OpenDevice>;
  /** Takes what happened, in its order. */
  record(event: OmitOfEach<AnswerEvent | OpenedEvent, "cell">): void;
  /** Milliseconds on a clock that never steps. */
  elapsedMs(): number;
}

/** Of a forwarder that is new in the middle of a search: its loop is compiled once more. */
const warmUpS = 0.25;

export class RecordedDevice implements Measurable, AsyncDisposable {
  readonly #recording: Recording;
  readonly #left: AnswerEvent[];
  #device: OpenDevice | undefined;
  #elapsedMs = 0;
  #deviceMode: string;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#left = [...recording.answers];
    this.#deviceMode = recording.opened?.deviceMode ?? "";
  }

  get deviceMode(): string {
    return this.#deviceMode;
  }

  /** The time that answers took, those of the journal included: a search that is cut loses none. */
  elapsedMs(): number {
    return this.#elapsedMs;
  }

  async trial(rate: number | undefined, seconds: number, promptly = false): Promise<Trial> {
    const wanted = rate ?? null;
    const fits = (event: AnswerEvent) =>
      event.event === "trial" && event.rate === wanted && event.promptly === promptly;
    const found = this.#next(fits, seconds);
    if (found?.event === "trial") return found.trial;
    const { answer: trial, tookMs } = await this.#ask((device) =>
      device.trial(rate, seconds, promptly),
    );
    this.#recording.record({ event: "trial", rate: wanted, seconds, promptly, tookMs, trial });
    return trial;
  }

  async noise(seconds: number): Promise<readonly Bins[]> {
    const found = this.#next(({ event }) => event === "noise", seconds);
    if (found?.event === "noise") return found.ofCpus;
    const { answer, tookMs } = await this.#ask((device) => device.noise(seconds));
    const ofCpus = [...answer];
    this.#recording.record({ event: "noise", seconds, tookMs, ofCpus });
    return ofCpus;
  }

  /** @throws IopathError when the journal has something else here than what is asked for */
  #next(fits: (event: AnswerEvent) => boolean, seconds: number): AnswerEvent | undefined {
    const event = this.#left.shift();
    if (event === undefined) return undefined;
    if (!fits(event) || event.seconds !== seconds) throw otherSearchError();
    this.#elapsedMs += event.tookMs;
    return event;
  }

  async #ask<Answer>(ask: (device: OpenDevice) => Promise<Answer>) {
    this.#device ??= await this.#open();
    const from = this.#recording.elapsedMs();
    const answer = await ask(this.#device);
    const tookMs = this.#recording.elapsedMs() - from;
    this.#elapsedMs += tookMs;
    return { answer, tookMs };
  }

  async #open(): Promise<OpenDevice> {
    const { opened, answers, placement, open, record } = this.#recording;
    if (opened && opened.placement !== placement) throw movedError(opened.placement, placement);
    const device = await open();
    const { deviceMode } = device;
    if (!opened) record({ event: "opened", placement, deviceMode });
    if (answers.length > 0) await device.trial(undefined, warmUpS);
    this.#deviceMode = deviceMode;
    return device;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#device?.[Symbol.asyncDispose]();
  }
}

function otherSearchError(): IopathError {
  const message = "the journal has other trials than this version of the search would make";
  return new IopathError(ExitStatus.input, message, {
    remedy: "go on with the revision that began it, or start again without --resume",
  });
}

function movedError(before: string, now: string): IopathError {
  const message = `the search began with ${before}, and would go on with ${now}`;
  return new IopathError(ExitStatus.input, message, {
    remedy: "let it use the same CPUs, or start again without --resume",
  });
}
