/** What benchmarks of this repository take of the open loop. */
export { addBins } from "./bins.ts";
export { OpenLoopDevice } from "./device.ts";
export { quantilesOf } from "./latency.ts";
export { lackOfCpus, placementHere } from "./placement.ts";
