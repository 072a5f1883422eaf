/**
 * Both ends of a connection to a tester on another machine say that they are there. A network that
 * swallows what is sent closes no connection: that nothing comes any more is how either side knows.
 */
import type { Readable, Writable } from "node:stream";
import { startLimit } from "@iopath/lab";

/** A line without a status: who reads answers reads past it. */
const beat = `${JSON.stringify({ alive: true })}\n`;
const beatMs = 2000;
/** A machine that others use may give a process no CPU for seconds. */
export const silenceLimitMs = 20_000;

interface HeartbeatOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Called once, when nothing came for so long. */
  readonly onSilence: () => void;
  readonly limitMs?: number;
}

/** Until it is disposed. */
export function keepAlive(options: HeartbeatOptions): Disposable {
  const { input, output, onSilence, limitMs = silenceLimitMs } = options;
  let limit = startLimit(limitMs, onSilence);
  const heard = () => {
    limit[Symbol.dispose]();
    limit = startLimit(limitMs, onSilence);
  };
  input.on("data", heard);
  const beats = setInterval(() => {
    if (output.writable) output.write(beat);
  }, beatMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(beats);
      input.off("data", heard);
      limit[Symbol.dispose]();
    },
  };
}
