/**
 * The fast form of a workload, compiled from its listing for one path: to WebAssembly where the
 * path's memory lies in the one that WebAssembly reaches, to JavaScript where it lies elsewhere, as
 * that of DPDK in hugepages, or of a path of a user's own.
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
  framesOfColumns,
  javascriptBurst,
  type Listing,
  type MakeListing,
  wasmBurst,
} from "@iopath/packet-language";

export function fastForm(make: MakeListing): Workload["newFastForm"] {
  return ({ memory, burst, hop }) => {
    const listing = make(hopBytes(hop));
    const place = placeInLinear(memory);
    return place === undefined
      ? inJavascript(listing, memory, burst)
      : inWebAssembly(listing, place, burst);
  };
}

const wordBytes = 4;

/** @param place of the path's memory in that of WebAssembly */
function inWebAssembly(listing: Listing, place: number, burst: number): FastForm {
  const own = mapFrames((2 * burst + countsOf(listing)) * wordBytes);
  const { wasm, address } = linearMemory();
  const first = own.address - address;
  const [offsetAt, lengthAt, countsAt] = [0, burst, 2 * burst].map(
    (n) => first + n * wordBytes,
  ) as [number, number, number];
  const offset = own.u32.subarray(0, burst);
  const length = own.u32.subarray(burst, 2 * burst);
  const batch = new Batch(burst, { offset, length });
  const frames = framesOfColumns(place, offsetAt, lengthAt);
  const work = wasmBurst(listing, { memory: wasm, frames, counts: countsAt });
  return {
    engine: "WebAssembly",
    batch,
    forward: () => {
      work(batch.count);
    },
    drops: own.u32.subarray(2 * burst, 2 * burst + listing.reasons.length),
    [Symbol.dispose]: () => own[Symbol.dispose](),
  };
}

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
