/** Runs a listing as a program of the kernel's on some frames, one after the other. */
import { asm, BpfMap, bpf, TrafficControlProgram, testRun, XdpProgram } from "@iopath/native";
import {
  counterBytes,
  ebpfProgram,
  firstReasonCounter,
  forwardedCounter,
  type Listing,
  receivedCounter,
  tcHook,
  xdpHook,
} from "../src/index.ts";
import type { Outcome } from "./sketch.ts";

export const hooks = ["xdp", "tc"] as const;
type HookName = (typeof hooks)[number];
const passed = { xdp: bpf.XDP_PASS, tc: 0 } as const;

/** Why the kernel's test run takes no such frame: it looks at the type before the program does. */
export function isTooShortFor(hook: HookName, frame: Uint8Array): boolean {
  const type = (frame[12]! << 8) | frame[13]!;
  const header = { 2048: 34, 34525: 54 }[type] ?? 15;
  return frame.length < (hook === "tc" ? header : 14);
}

export function inKernel(
  listing: Listing,
  hook: HookName,
): Disposable & { run(frames: readonly Uint8Array[]): Outcome } {
  const valueBytes = counterBytes(listing);
  const type = bpf.BPF_MAP_TYPE_PERCPU_ARRAY;
  using opening = new DisposableStack();
  const map = opening.use(new BpfMap({ type, valueBytes, entries: 1, name: "counters" }));
  const verdict = passed[hook];
  const written = ebpfProgram(
    hook === "xdp" ? xdpHook : tcHook,
    listing,
    (program) => program.immediate("move", asm.r0, verdict),
    map,
  );
  const Program = hook === "xdp" ? XdpProgram : TrafficControlProgram;
  const program = opening.use(new Program(listing.name, written));
  const resources = opening.move();
  return {
    run: (frames) => runAll(program, map, verdict, frames),
    [Symbol.dispose]: () => resources.dispose(),
  };
}

function runAll(
  program: XdpProgram,
  map: BpfMap,
  passed: number,
  frames: readonly Uint8Array[],
): Outcome {
  const before = map.sumOfCounters(0);
  const results = frames.map((given) => {
    const { verdict, frame } = testRun(program, given);
    return { forwarded: verdict === passed, frame };
  });
  const counted = map.sumOfCounters(0).map((count, i) => count - before[i]!);
  if (counted[receivedCounter] !== frames.length) throw new Error(`received ${counted[0]}`);
  const forwarded = results.filter((one) => one.forwarded).length;
  if (counted[forwardedCounter] !== forwarded) throw new Error(`forwarded ${counted[1]}`);
  return { results, counts: counted.slice(firstReasonCounter) };
}
