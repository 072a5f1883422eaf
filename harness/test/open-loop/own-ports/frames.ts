/** Frames as a forwarder sends them on, and ports that need no machine. */
import { hopOf, type PortSpec, type Workload } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import type { FramePlan } from "../../../src/open-loop/tester/frame-plan.ts";

function port(device: string, last: number): PortSpec {
  const mac = (end: number) => `02:00:00:00:0${last}:0${end}`;
  return {
    ...{ device, queue: 0, mac: mac(0), ipv4: `10.0.${last}.1` },
    neighbor: { mac: mac(1), ipv4: `10.0.${last}.2` },
  };
}

const ports = [port("in", 0), port("out", 1)] as const;
const wireEnd = ({ device, neighbor }: PortSpec) => ({ device: `far-${device}`, ...neighbor });
export const testbed: Testbed = {
  class: "virtual",
  ports,
  wires: [wireEnd(ports[0]), wireEnd(ports[1])],
};

interface Stamped {
  readonly sequence: number;
  readonly epoch: number;
  readonly timeNs: number;
}

/** The tester's frame with these stamps, as the workload's reference sends it on. */
export function forwardedFrame(
  workload: Workload,
  plan: FramePlan,
  { sequence, epoch, timeNs }: Stamped,
): Uint8Array {
  const outcome = workload.reference(plan.onWire, hopOf(testbed.ports[1]));
  if (!outcome.forwarded) throw new Error(outcome.reason);
  const view = new DataView(outcome.frame.buffer, outcome.frame.byteOffset);
  view.setUint32(plan.stamps.sequence, sequence, true);
  view.setBigUint64(plan.stamps.time, BigInt(timeNs), true);
  view.setUint16(plan.stamps.epoch, epoch, true);
  return outcome.frame;
}
