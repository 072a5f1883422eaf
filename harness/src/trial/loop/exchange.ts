/** One window there and back, in the two ways that a forwarder can be driven. */
import {
  Deadline,
  ExitStatus,
  type Forwarder,
  IopathError,
  type MeasuringTester,
} from "@iopath/contract";
import { formatCounters } from "../format-counters.ts";

/** A frame that is not back when none came for so long counts as lost, and the trial as failed. */
const silenceMsMax = 1000;
/**
 * The same in a team: a frame may lie in the queue of another worker, who polls nothing while V8
 * compiles that worker's loop or collects its garbage.
 */
export const teamSilenceMsMax = 15_000;
/** How many polls between looks at the clock while a window is out. */
const pollsPerLook = 256;

/**
 * Steps the forwarder until the window is back.
 *
 * @param silenceMs after which a frame that is out counts as lost
 * @throws IopathError when a frame is lost: a closed loop loses none
 */
export function newExchange(
  tester: MeasuringTester,
  forwarder: Forwarder | undefined,
  window: number,
  silenceMs = silenceMsMax,
): () => void {
  const step = forwarder ? forwarder.step : () => 0;
  const back = expectedBack(forwarder, window);
  const silence = new Silence(silenceMs);
  return function exchange(): void {
    const want = sendWindow(tester, window, back);
    for (let polls = 1; tester.received() !== want; polls++) {
      step();
      if (polls % pollsPerLook !== 0 || !silence.isOver(tester.received())) continue;
      throw missingError(tester, want, window, silence, forwarder);
    }
  };
}

/** A forwarder that lives in this thread's event loop. */
type TurningForwarder = Forwarder & { turn(): Promise<void> };

export function turns(forwarder: Forwarder): forwarder is TurningForwarder {
  return forwarder.turn !== undefined;
}

/**
 * The same for a forwarder that lives in this thread's event loop: lets it turn until the window is
 * back.
 */
export function newTurningExchange(
  tester: MeasuringTester,
  forwarder: TurningForwarder,
  window: number,
): () => Promise<void> {
  const back = expectedBack(forwarder, window);
  const silence = new Silence(silenceMsMax);
  return async function exchange(): Promise<void> {
    const want = sendWindow(tester, window, back);
    for (let turns = 1; tester.received() !== want; turns++) {
      await forwarder.turn();
      if (turns % pollsPerLook !== 0 || !silence.isOver(tester.received())) continue;
      throw missingError(tester, want, window, silence, forwarder);
    }
  };
}

/** How long no frame has come back: on a machine that stands still none can. */
class Silence {
  readonly limitMs: number;
  readonly #deadline: Deadline;
  /** Frames that had come back at the last look; no count before the first one. */
  #received = Number.NaN;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
    this.#deadline = new Deadline(limitMs);
  }

  /** @param received frames that came back by now, those of earlier windows included */
  isOver(received: number): boolean {
    if (received === this.#received) return this.#deadline.isOver();
    this.#received = received;
    this.#deadline.restart();
    return false;
  }
}

/** How many frames of a window come out again: a workload may drop some by design. */
function expectedBack(forwarder: Forwarder | undefined, window: number): number {
  return forwarder ? forwarder.workload.measuring.expectedBack(window) : window;
}

/**
 * Returns what the tester will have received when all frames are back. Small, so that the compiler
 * inlines it: words are made elsewhere.
 */
function sendWindow(tester: MeasuringTester, window: number, back: number): number {
  const want = (tester.received() + back) | 0;
  const sent = tester.sendWindow();
  if (sent !== window) throw unsentError(tester, sent, window);
  return want;
}

function unsentError(tester: MeasuringTester, sent: number, window: number): IopathError {
  const refusal = tester.refusal?.();
  const why = refusal ? `: ${refusal}` : "";
  return lossError(`the tester could send ${sent} of ${window} frames${why}`);
}

/** What is missing, and what the forwarder has counted so far: where frames went shows there. */
function missingError(
  tester: MeasuringTester,
  want: number,
  window: number,
  silence: Silence,
  forwarder: Forwarder | undefined,
): IopathError {
  const missing = (want - tester.received()) | 0;
  const message = `${missing} of ${window} frames did not come back within ${silence.limitMs} ms`;
  const counted = forwarder
    ? `; the forwarder: ${formatCounters(forwarder.counters(), forwarder.workload)}`
    : "";
  return lossError(message + counted);
}

function lossError(message: string): IopathError {
  return new IopathError(ExitStatus.cellFailed, message);
}
