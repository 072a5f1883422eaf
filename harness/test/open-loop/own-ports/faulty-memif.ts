/**
 * memif whose forwarder makes mistakes that are known, since they were made: one per hundred
 * numbers of a trial. It makes none while it is verified, or no trial would begin.
 */
import { type Batch, type Path, type PolledPath, pathWith, probeByOpening } from "@iopath/contract";
import { userspacePmd } from "@iopath/userspace-pmd";
import { ipv4Forward } from "@iopath/workloads";

export const period = 100;
const { sequence: sequenceAt } = ipv4Forward.measuring.stamps!;

/** What becomes of a frame, by its number's place in the period. */
type Mistake = (view: DataView, frame: number, place: number) => void;

function renumber(view: DataView, frame: number, by: number): void {
  const at = frame + sequenceAt;
  view.setUint32(at, view.getUint32(at, true) + by, true);
}

const reorders: Mistake = (view, frame, place) => {
  if (place === 0) renumber(view, frame, 1);
  if (place === 1) renumber(view, frame, -1);
};

const repeats: Mistake = (view, frame, place) => {
  if (place === 1) renumber(view, frame, -1);
};

const corrupts: Mistake = (view, frame, place) => {
  if (place === 1) view.setUint8(frame + 30, view.getUint8(frame + 30) ^ 1);
};

const mistakes: Record<string, Mistake> = { reorders, repeats, corrupts };

export const path: Path = {
  name: "faulty-memif",
  variants: Object.keys(mistakes).map((name) => ({
    ...{ name, kind: "polled", carrier: "ethernet", summary: `memif that ${name} frames` },
    ...{ ownTesters: true, farEnds: true },
  })),

  probe(variant, ports, workload) {
    return probeByOpening(this, variant, ports, workload, "run on a machine with DPDK");
  },

  open(variant, ports, options) {
    const memif = userspacePmd.open("memif", ports, options) as PolledPath;
    if (options.meetingAt === undefined) return memif;
    return withMistake(memif, mistakes[variant]!);
  },

  openFarEnds: (_variant, meetingAt, burst) => userspacePmd.openFarEnds!("memif", meetingAt, burst),
};

function withMistake(memif: PolledPath, mistake: Mistake): PolledPath {
  const { memory, ingress, egress, counters } = memif;
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const transmit = (batch: Batch) => {
    for (let i = 0; i < batch.count; i++) {
      const frame = batch.offset[i]!;
      mistake(view, frame, view.getUint32(frame + sequenceAt, true) % period);
    }
    return egress.transmit(batch);
  };
  // A batch in place would say nothing of where its frames lie.
  return {
    ...pathWith({ ...memif, memory, ingress, egress, counters: counters.bind(memif) }, memif),
    ...{ inPlace: undefined, egress: { transmit } },
  };
}
