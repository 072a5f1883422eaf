/** The processes of a device: a forwarder's, and what its tester's is asked to open. */
import type { Variant } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { pathNameOf } from "../paths/all.ts";
import { LineProcess } from "../trial/line-process.ts";
import { workloadNameOf } from "../workloads/known.ts";
import type { DeviceOptions } from "./device-options.ts";
import { openLoopProgram } from "./near-tester.ts";
import { forwarderAnswer } from "./protocol.ts";

export type ForwarderProcess = LineProcess<ReturnType<typeof forwarderAnswer.parse>>;

/** Of this process: at each another forwarder meets its tester. */
let meetings = 0;

/** Where the processes of a path with ports of its own find each other. */
export function meetingOf({ ownTesters }: Variant): { readonly meetingAt?: string } {
  return ownTesters ? { meetingAt: `iopath-${process.pid}-${meetings++}` } : {};
}

export function openForwarderProcess(
  options: DeviceOptions,
  testbed: Testbed,
  meeting: ReturnType<typeof meetingOf>,
): ForwarderProcess {
  const { path, variant, workload, burst, placement, planted, realtime, signal } = options;
  const request = {
    ...{ testbed, ...workloadNameOf(workload), ...pathNameOf(path.name) },
    ...{ variant: variant.name, ...meeting, burst, cpu: placement.forwarderCpu },
    ...(planted ? { planted } : {}),
    // Without priorities it would have half of the CPU that the kernel's thread forwards on.
    staysAwake: realtime,
  };
  const name = `${path.name}/${variant.name}`;
  const program = openLoopProgram(`the forwarder of ${name}`, "forwarder/main.ts");
  return new LineProcess(program, request, forwarderAnswer, signal);
}

export function testerRequest(
  { path, workload, variant, frameBytes, placement, needlessLooks = 0 }: DeviceOptions,
  testbed: Testbed,
  meeting: ReturnType<typeof meetingOf>,
): object {
  const { carrier } = variant;
  const named = { ...pathNameOf(path.name), variant: variant.name };
  const of = { testbed, ...workloadNameOf(workload), carrier, frameBytes };
  const farEnds = variant.ownTesters ? { farEnds: { ...named, ...meeting } } : {};
  return { ...of, cpu: placement.testerCpu, needlessLooks, ...farEnds };
}
