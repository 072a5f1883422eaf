/** The bins of bins.ts, for a loop that adds to them some million times per second. */
import { withOwnCode } from "@iopath/contract";
import { type Bins, binCount, binShift, largestExponent } from "../../bins.ts";

export class LatencyBins {
  /** @param latencyNs not negative; fractions are cut off */
  readonly add: (latencyNs: number) => void;
  readonly #counts = new Float64Array(binCount);

  constructor() {
    this.add = withOwnCode(makeAdd)(this.#counts, binShift, largestExponent);
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** Only those that are not empty. */
  filled(): Bins {
    return [...this.#counts].flatMap((count, bin) => (count > 0 ? [[bin, count] as const] : []));
  }
}

/** As `binOf`, by the position of the highest bit of whole numbers up to 2^32. */
function makeAdd(counts: Float64Array, shift: number, largest: number): LatencyBins["add"] {
  const perPower = 2 ** shift;
  const last = counts.length - 1;

  /** Of 2^32 nanoseconds and more. */
  function longBin(ns: number): number {
    const exponent = 63 - Math.clz32(Math.floor(ns / 4294967296));
    if (exponent > largest) return last;
    return (exponent - shift) * perPower + Math.floor(ns / 2 ** (exponent - shift));
  }

  return function add(latencyNs) {
    if (latencyNs >= 4294967296) {
      counts[longBin(latencyNs)]!++;
      return;
    }
    const ns = latencyNs >>> 0;
    const down = Math.max(0, 31 - Math.clz32(ns) - shift);
    // The highest bits, the first of which stands for the powers below.
    counts[down * perPower + (ns >>> down)]!++;
  };
}
