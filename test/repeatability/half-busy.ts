/**
 * Takes a CPU for half of the time, as a neighbour does: work and sleep of 10 ms on average, of
 * lengths that are drawn, so that they keep no step with anything. Ends with its parent.
 */
import { dieWithParent, pinToCpu } from "@iopath/native";

const meanMs = 10;

dieWithParent(process.ppid);
pinToCpu(Number(process.argv[2]));
const asleep = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  const until = performance.now() + 2 * meanMs * Math.random();
  while (performance.now() < until);
  Atomics.wait(asleep, 0, 0, 2 * meanMs * Math.random());
}
