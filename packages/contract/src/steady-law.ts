/**
 * The law that a forwarder's cost does not grow with the frames that have gone by: it makes nothing
 * per frame.
 */
import { expectFrame } from "./expect-frame.ts";
import { AllocationWatch, CompilationWatch } from "./heap-watch.ts";
import { newPatience, windowQuietMs } from "./patience.ts";
import { expectingOf, framesInto, type Subject } from "./subject.ts";
import { nextOnWire } from "./wire.ts";

const windowFrames = 32;
/** Until then functions are compiled and optimized, and the heap fills with what stays. */
const warmUpFrames = 10_000;
const steadyFramesDefault = 100_000;
/** Windows between looks at the code. A look walks the heap, and takes a millisecond or so. */
const windowsPerLook = 16;
/**
 * The smallest object of V8 is larger, and a burst may have a few numbers that it can't keep in a
 * register.
 */
const allocatedBytesMax = 8;
/** The bytecode of the smallest function is ten times as large. */
const compiledBytesMax = 8;
/** Short frames, or the tester's own work on them would take most of the time. */
const frameBytesMax = 128;

/**
 * A path of this thread's event loop allocates in Node's own code, so that only compiling is judged
 * there.
 */
export async function neitherCompilesNorAllocates(subject: Subject, seed: number) {
  const { steadyFrames = steadyFramesDefault } = subject;
  const window = forwardableFrames(subject, seed);
  const warmUp = Math.min(warmUpFrames, steadyFrames);
  for (let frames = 0; frames < warmUp; frames += windowFrames) {
    const problem = await exchange(subject, window, new AllocationWatch());
    if (problem) return problem;
  }
  const allocation = new AllocationWatch();
  const compilation = new CompilationWatch();
  let windows = 0;
  for (; windows * windowFrames < steadyFrames; windows++) {
    const problem = await exchange(subject, window, allocation);
    if (problem) return problem;
    if (windows % windowsPerLook === 0) compilation.look();
  }
  compilation.look();
  const compiled = compilation.bytes / (windows * windowFrames);
  if (compiled > compiledBytesMax) return `compiles ${compiled.toFixed()} bytes of code per frame`;
  const allocated = allocation.bytesPerFrame();
  if (allocated <= allocatedBytesMax) return undefined;
  return `allocates ${allocated.toFixed()} bytes per frame`;
}

/** The frames of one window: none is dropped, so that its end is seen when all came out. */
function forwardableFrames(subject: Subject, seed: number) {
  const expected = expectingOf(subject);
  const next = framesInto(subject, seed);
  const frames: Uint8Array[] = [];
  while (frames.length < windowFrames) {
    const frame = nextOnWire(next, subject.limits);
    const outcome = expectFrame(frame, expected);
    if (outcome.forwarded && frame.length <= frameBytesMax) frames.push(frame);
  }
  return frames;
}

/** @returns what is wrong, where the frames do not come out again */
async function exchange(
  { forwarder, send, collect }: Subject,
  window: readonly Uint8Array[],
  watch: AllocationWatch,
): Promise<string | undefined> {
  const patience = newPatience(windowQuietMs);
  send(window);
  let out = 0;
  while (out < window.length) {
    if (forwarder.turn) await forwarder.turn();
    else watch.over(forwarder.step);
    const came = collect().length;
    out += came;
    patience.saw(came);
    if (patience.isOver()) {
      return `${out} of ${windowFrames} frames came out, and none more in ${windowQuietMs} ms`;
    }
  }
  return undefined;
}
