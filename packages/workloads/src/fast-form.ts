/**
 * The fast form of a workload, compiled from its listing for one path: to WebAssembly where the
 * path's memory lies in the one that WebAssembly reaches, to JavaScript where it lies elsewhere, as
 * that of a path of a user's own may.
 */
import {
  Batch,
  type FastForm,
  type FastFormParts,
  hopBytes,
  type Workload,
} from "@iopath/contract";
import { linearMemory, mapFrames, placeInLinear } from "@iopath/native";
import {
  type Frames,
  framesOfColumns,
  javascriptBurst,
  type Listing,
  type MakeListing,
  wasmBurst,
} from "@iopath/packet-language";

export function fastForm(make: MakeListing): Workload["newFastForm"] {
  return ({ memory, burst, hop, inPlace }) => {
    const listing = make(hopBytes(hop));
    if (inPlace) return inWebAssembly(listing, inList(inPlace as Frames, burst));
    const place = placeInLinear(memory);
    return place === undefined
      ? inJavascript(listing, memory, burst)
      : inWebAssembly(listing, inColumns(place, burst));
  };
}

const wordBytes = 4;

/** A batch, and where its frames are found. */
interface Burst {
  readonly batch: Batch;
  readonly frames: Frames;
  readonly memory?: Disposable;
}

/** In the path's own list. */
function inList(frames: Frames, burst: number): Burst {
  return { batch: new Batch(burst, "in place"), frames };
}

/** @param place of the path's memory in that of WebAssembly */
function inColumns(place: number, burst: number): Burst {
  const memory = mapFrames(2 * burst * wordBytes);
  const offset = memory.u32.subarray(0, burst);
  const length = memory.u32.subarray(burst, 2 * burst);
  const batch = new Batch(burst, { offset, length });
  const frames = framesOfColumns(place, placeOf(offset), placeOf(length));
  return { batch, frames, memory };
}

function inWebAssembly(listing: Listing, { batch, frames, memory }: Burst): FastForm {
  using made = new DisposableStack();
  if (memory) made.use(memory);
  const counts = made.use(mapFrames(countsOf(listing) * wordBytes)).u32;
  const work = wasmBurst(listing, { memory: linearMemory().wasm, frames, counts: placeOf(counts) });
  const forward = () => {
    batch.dropped = work(batch.count);
  };
  const drops = counts.subarray(0, listing.reasons.length);
  const resources = made.move();
  const dispose = () => resources.dispose();
  return { engine: "WebAssembly", batch, forward, drops, [Symbol.dispose]: dispose };
}

const placeOf = ({ buffer, byteOffset }: Uint32Array) =>
  placeInLinear(new Uint8Array(buffer, byteOffset))!;

function inJavascript(listing: Listing, memory: FastFormParts["memory"], burst: number): FastForm {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.byteLength >>> 2);
  const batch = new Batch(burst);
  const counts = new Uint32Array(countsOf(listing));
  return {
    engine: "JavaScript",
    batch,
    forward: javascriptBurst(listing, { words, batch, counts }),
    drops: counts.subarray(0, listing.reasons.length),
    [Symbol.dispose]: () => {},
  };
}

const countsOf = ({ reasons, counters }: Listing) => reasons.length + counters.length;
