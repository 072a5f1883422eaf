/** What bounds a variant's rate, in one sentence, from what was counted in a trial that lost. */

import type { Placement } from "./placement.ts";
import type { Trial } from "./protocol.ts";

type BoundBy =
  | "generator"
  | "tester"
  | "forwarder's CPU"
  | "softirq"
  | "egress"
  | "ring"
  | "machine"
  | "unknown";

export interface Bound {
  readonly by: BoundBy;
  readonly sentence: string;
}

interface BoundFacts extends Trial {
  readonly placement: Pick<Placement, "ingress">;
}

/** Most of something. */
const most = 0.5;
/** A polled forwarder that has less than this of its time to spare has none. */
const idleShareMax = 0.1;
/** A CPU that is used more than this is full. */
const fullShare = 0.9;
/** Of a polling forwarder's CPU: less is a CPU that others had. */
const ownCpuShareMin = 0.95;

/** A device that forwarded all that the generator could send. */
export function boundByGenerator(rate: number): Bound {
  const sentence = `The generator: it reaches ${megaframes(rate)}, and no bound was found below that.`;
  return { by: "generator", sentence };
}

/** A search that ended before its goals, since something else had a CPU of its own. */
export function boundByMachine(why: string): Bound {
  return { by: "machine", sentence: `The machine: ${why}.` };
}

/** The first rule that fits, from what is certain to what is likely. */
export function boundOf(facts: BoundFacts): Bound {
  const { counts, effort } = facts;
  const { offered, forwarded } = counts;
  const lost = offered - forwarded;
  if (lost <= 0)
    return { by: "unknown", sentence: "Not known: nothing was lost when it was asked." };
  const { received, unsent } = effort.forwarder;
  const overflowed = overflowedOf(facts) ?? 0;
  const share = (count: number) => count / lost;
  if (share(unsent) > most) {
    if (facts.placement.ingress === "none") return boundBySink(share(unsent));
    const sentence = `The egress: ${percent(share(unsent))} of what was lost had been forwarded, and the port did not take it.`;
    return { by: "egress", sentence };
  }
  if (facts.placement.ingress === "forwarder") return boundOfKernel(facts);
  const cpuShare = counts.forwardingNs / Math.max(1, counts.windowNs);
  const { steps } = effort.forwarder;
  const { idleShare: idle } = effort;
  if (steps > 0 && cpuShare < ownCpuShareMin) {
    const sentence = `The machine: others had ${percent(1 - cpuShare)} of the forwarder's CPU.`;
    return { by: "machine", sentence };
  }
  if (idle !== null && idle < idleShareMax) {
    const sentence = `The forwarder's CPU: it had work for ${percent(1 - idle)} of the time that frames came.`;
    return { by: "forwarder's CPU", sentence };
  }
  const beforePath = Math.max(0, offered - received - overflowed);
  if (facts.placement.ingress === "tester" && share(beforePath) > most) {
    const sentence = `The kernel's receiving: ${percent(share(beforePath))} of what was lost never reached the path.`;
    return { by: "softirq", sentence };
  }
  if (share(overflowed) > most) {
    const spare =
      idle === null ? "" : `, while the forwarder had ${percent(idle)} of its time to spare`;
    const sentence = `The ring: frames found no room in it${spare}: they come in bursts.`;
    return { by: "ring", sentence };
  }
  return { by: "unknown", sentence: "Not known: no counter explains most of what was lost." };
}

/** On ports of the path's own the egress leads into a ring that the tester empties. */
function boundBySink(share: number): Bound {
  const sentence = `The tester: ${percent(share)} of what was lost had been forwarded, and found the ring to the sink full.`;
  return { by: "tester", sentence };
}

/**
 * Frames that found no room in the ring in front of the forwarder, by whoever counts them; null
 * where nobody does.
 */
export function overflowedOf({ counts, effort }: Trial): number | null {
  const { overflowed } = effort.forwarder;
  if (overflowed === null) return counts.refused;
  return overflowed + (counts.refused ?? 0);
}

/** The kernel forwards, in threads of its own. */
function boundOfKernel({ counts }: BoundFacts): Bound {
  const busy = counts.forwardingNs / Math.max(1, counts.sendingNs);
  if (busy >= fullShare) {
    const sentence = `The forwarder's CPU: the kernel's thread on it was busy ${percent(Math.min(1, busy))} of the time that frames came.`;
    return { by: "forwarder's CPU", sentence };
  }
  const sentence = `The ring between the ports: frames found no room in it, while the kernel's thread was busy ${percent(busy)} of the time.`;
  return { by: "ring", sentence };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function megaframes(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} million frames per second`;
}
