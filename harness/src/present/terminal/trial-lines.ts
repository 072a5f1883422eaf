/** What a user sees of trials at a rate: one line that moves on a terminal, some lines in a log. */
import { createLogUpdate } from "log-update";
import { canMoveCursor, cut, plainText, requireSize, screenOf } from "./screen.ts";

/** A trial in short. */
interface ShownTrial {
  readonly rate: number;
  readonly seconds: number;
  readonly verdict:
    | { readonly is: "valid"; readonly lossRatio: number }
    | { readonly is: string; readonly why: string };
}

interface TrialLines extends Disposable {
  /** @param doing what it is for: "xdp/native/64B  search 1, searching" */
  trial(doing: string, trial: ShownTrial): void;
  /** A line that stays. */
  note(text: string): void;
}

/** More lines in a log say no more. */
const logEveryMs = 10_000;

export function showTrials(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): TrialLines {
  return canMoveCursor(stream) ? onTerminal(stream) : inLog(stream, now);
}

function onTerminal(stream: NodeJS.WriteStream): TrialLines {
  requireSize(stream);
  // The cursor stays: a run that is killed would leave the terminal without.
  const area = createLogUpdate(stream, { showCursor: true });
  let count = 0;
  return {
    trial(doing, trial) {
      count++;
      area(cut(`› ${lineOf(doing, trial, count)}`, screenOf(stream).width));
    },
    note: (text) => area.persist(plainText(text)),
    [Symbol.dispose]: () => area.clear(),
  };
}

function inLog(stream: NodeJS.WriteStream, now: () => number): TrialLines {
  let count = 0;
  let shownAt = now();
  return {
    trial(doing, trial) {
      count++;
      if (now() - shownAt < logEveryMs) return;
      shownAt = now();
      stream.write(`${lineOf(doing, trial, count)}\n`);
    },
    note: (text) => stream.write(`${plainText(text)}\n`),
    [Symbol.dispose]: () => {},
  };
}

function lineOf(doing: string, { rate, seconds, verdict }: ShownTrial, count: number): string {
  const came =
    "lossRatio" in verdict ? `lost ${(verdict.lossRatio * 100).toFixed(3)} %` : verdict.why;
  const at = `${(rate / 1e6).toFixed(3)} Mpps for ${seconds} s`;
  return plainText(`${doing}: trial ${count}, ${at}: ${came}`);
}
