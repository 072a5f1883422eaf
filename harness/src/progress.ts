/** What a user sees while a run goes on: a line that moves on a terminal, some lines in a log. */
import yoctoSpinner from "yocto-spinner";

export interface Progress extends Disposable {
  /** One of the steps was done; `text` says which and what came of it. */
  step(text: string): void;
  /** A line that stays. */
  note(text: string): void;
}

/** In a log, one line a tenth of the way. */
const logLines = 10;

/** @param steps how many calls of `step` make the whole */
export function showProgress(steps: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? onTerminal(steps, stream) : inLog(steps, stream);
}

function onTerminal(steps: number, stream: NodeJS.WriteStream): Progress {
  const spinner = yoctoSpinner({ stream, text: "starting" }).start();
  const startedMs = performance.now();
  let done = 0;
  return {
    step(text) {
      done++;
      const left = remaining(performance.now() - startedMs, done, steps);
      spinner.text = `${bar(done / steps)} ${done}/${steps} ${left} left  ${text}`;
    },
    note: (text) => {
      spinner.stop();
      stream.write(`${text}\n`);
      spinner.start();
    },
    [Symbol.dispose]: () => spinner.stop(),
  };
}

function inLog(steps: number, stream: NodeJS.WriteStream): Progress {
  let done = 0;
  return {
    step(text) {
      const tenthBefore = Math.floor((done * logLines) / steps);
      done++;
      const tenth = Math.floor((done * logLines) / steps);
      if (tenth > tenthBefore) stream.write(`${done}/${steps}  ${text}\n`);
    },
    note: (text) => stream.write(`${text}\n`),
    [Symbol.dispose]: () => {},
  };
}

const barCells = 20;

function bar(part: number): string {
  const full = Math.round(Math.min(1, part) * barCells);
  return "█".repeat(full) + "░".repeat(barCells - full);
}

function remaining(elapsedMs: number, done: number, steps: number): string {
  const seconds = Math.round(((elapsedMs / done) * (steps - done)) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
