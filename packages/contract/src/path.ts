/** What a path is: all that the harness knows of it. */
import type { Batch, InPlace, Room } from "./batch.ts";
import type { Deviation } from "./deviations.ts";
import { parseIpv4 } from "./frame.ts";
import type { FarEnds, OwnTesters } from "./tester.ts";
import type { DropCounts, Workload } from "./workload.ts";

/** Figures of two classes are never ranked together. */
export type Class = "hardware" | "virtual" | "emulated";

/**
 * Where frames enter. It neither blocks, allocates nor throws while a trial runs; an error that the
 * system reports in mid-burst is counted, and `counters()` reports it.
 */
export interface Ingress {
  /**
   * Replaces the batch with up to `batch.capacity` frames; they stay the caller's until transmit.
   */
  receive(batch: Batch): number;
}

/** Where frames leave, under the same rules. */
export interface Egress {
  /**
   * Takes the frames of the last `receive`, as the workload left them: sends what fits, at the
   * length and from the offset that the batch says, drops and counts the rest. Returns how many
   * were sent.
   */
  transmit(batch: Batch): number;
}

/** Calls into the kernel since the path was opened, where a path counts them. */
export interface CallCounters {
  /** All system calls of `receive` and `transmit`, those that found nothing included. */
  readonly syscalls?: number;
  /** Those of them that carry no frame and only tell the kernel to go on: kicks of a ring. */
  readonly wakeups?: number;
  /** Frames that came and found no room in the receive ring or socket; not in `received`. */
  readonly overflowed?: number;
  /**
   * Refusals to transmit by the errno's name: "ENOBUFS". One may stand for several frames, or be
   * tried again.
   */
  readonly refused?: Readonly<Record<string, number>>;
}

/** Counts since the path was opened. received = sent + sum of dropped + unsent + still inside. */
export interface Counters extends CallCounters {
  readonly received: number;
  readonly sent: number;
  /** By reason, in the order of the workload's `reasons`. */
  readonly dropped: DropCounts;
  /** All drops of a forwarder that gives no reasons; `dropped` is 0 throughout then. */
  readonly droppedUntold?: number;
  /** Frames that the workload forwarded and the port could not send. */
  readonly unsent: number;
}

/** Counts of a path whose frames cross user space; the workload's drops are its caller's. */
export interface PortCounters extends CallCounters {
  readonly received: number;
  readonly sent: number;
  readonly unsent: number;
}

/** Frames cross user space: the shared workload moves them between ports over one memory. */
export interface PolledPath extends Disposable {
  readonly kind: "polled";
  readonly memory: Uint8Array;
  readonly ingress: Ingress;
  readonly egress: Egress;
  /**
   * How far a workload may lengthen a frame or move its start; not at all where it is not given.
   */
  readonly room?: Room;
  /** Of a path that also takes batches without columns. */
  readonly inPlace?: InPlace | undefined;
  counters(): PortCounters;
  /**
   * How the device was really bound, where there is a choice: where the program runs (`native` in
   * the driver, `generic` behind it; of tc the hook, `tcx` or `clsact`) and, of AF_XDP, whether
   * frames are copied: "native copy".
   */
  readonly deviceMode?: string;
  /** Only where no network device leads to the ports. */
  readonly testers?: OwnTesters;
  /** An error that a device reported in mid-burst, in words; shown when frames are missing. */
  trouble?(): string | undefined;
}

/** Frames stay in the kernel or the device: the path forwards by itself until disposed. */
export interface AttachedPath extends Disposable {
  readonly kind: "attached";
  counters(): Counters;
  /** As of a polled path. */
  readonly deviceMode?: string;
  /** One turn of this thread's event loop, where that is what forwards. */
  turn?(): Promise<void>;
}

export type OpenPath = PolledPath | AttachedPath;

/** One port of a place, as the forwarder sees it. */
export interface PortSpec {
  readonly device: string;
  readonly queue: number;
  readonly mac: string;
  readonly ipv4: string;
  /** Who is at the other end of the wire. */
  readonly neighbor: { readonly mac: string; readonly ipv4: string };
}

/** The IPv4 addresses of ports that have one. */
export function ownAddresses(ports: readonly PortSpec[]): Uint8Array[] {
  return ports.flatMap(({ ipv4 }) => (ipv4 ? [parseIpv4(ipv4)] : []));
}

/** Forwarders on the queues of the same ports, opened in the order of their queues. */
export interface Team {
  readonly workers: number;
  /** Of what they share: `SharedPart.id`, or a number that is theirs alone. */
  readonly sharedId: number;
}

/** What is opened once for all forwarders of a team, before them. */
export interface SharedPart extends Disposable {
  readonly id: number;
}

export interface OpenOptions {
  /** Most frames of one burst. */
  readonly burst: number;
  /** What is done to each frame. */
  readonly workload: Workload;
  /** Where several forwarders share the ports, each with a queue of its own (`PortSpec.queue`). */
  readonly team?: Team;
  /**
   * By what name forwarder and tester meet, of a variant with `farEnds` whose tester is another
   * process: it is opened without a tester, and waits for that process.
   */
  readonly meetingAt?: string;
}

/** What carries a frame to the path: it comes as itself, or as the payload of a UDP datagram. */
export type Carrier = "ethernet" | "udp";

/** One way to use a path. */
export interface Variant {
  readonly name: string;
  readonly kind: OpenPath["kind"];
  readonly carrier: Carrier;
  /** One line for `iopath list` and the docs. */
  readonly summary: string;
  /** What stands in for a device, if anything does; shown next to every figure. */
  readonly standIn?: string;
  /** How it differs from the workload; any other difference is a fault. */
  readonly deviations?: readonly Deviation[];
  /** Names of the workloads that it can do, where it can do no other. */
  readonly workloads?: readonly string[];
  /**
   * Whether no network device leads to its ports, so that it has testers of its own
   * (`PolledPath.testers`).
   */
  readonly ownTesters?: boolean;
  /** Of such ports: whether their other ends can be another process's (`Path.openFarEnds`). */
  readonly farEnds?: boolean;
  /**
   * Whether a forwarder receives from one queue of its port alone, that of `PortSpec.queue`; what
   * the device puts into another passes it by.
   */
  readonly takesOneQueue?: boolean;
  /**
   * The lab that it is measured in: `veth` (network interfaces) when it names none, or one that its
   * path brings along.
   */
  readonly lab?: string;
  /**
   * Whether several workers can share its ports: a polled one takes a queue each, an attached one
   * all.
   */
  readonly severalQueues?: boolean;
  /** Whether those workers are threads of one process, as what they share can't leave it. */
  readonly workersAreThreads?: boolean;
}

/** Unsupported is a value, with what is missing and what to do about it. */
export type Support =
  | { readonly ok: true }
  | { readonly ok: false; readonly missing: string; readonly remedy: string };

export interface Path {
  readonly name: string;
  readonly variants: readonly Variant[];
  /** Tries the feature on these ports rather than guess from versions; leaves nothing behind. */
  probe(variant: string, ports: readonly [PortSpec, PortSpec], workload: Workload): Support;
  /** Opens [ingress, egress] in the network namespace of the caller. */
  open(variant: string, ports: readonly [PortSpec, PortSpec], options: OpenOptions): OpenPath;
  /**
   * Where the forwarders of a team need something in common.
   *
   * @param frameBytes of the frames to come, where all have one size
   */
  openShared?(
    variant: string,
    ports: readonly [PortSpec, PortSpec],
    workers: number,
    frameBytes?: number,
  ): SharedPart | undefined;
  /**
   * The other ends of the ports of a variant with `farEnds`, in another process and the same
   * network namespace. Whichever of the two is opened first waits for the other.
   *
   * @param meetingAt as in the forwarder's `OpenOptions`
   * @param burst most frames that are sent or received at once
   */
  openFarEnds?(variant: string, meetingAt: string, burst: number): FarEnds;
}

/**
 * One step of a forwarder: a burst in, the workload, the burst out. The main loop of every polled
 * path.
 *
 * @param forward the workload, made for this batch
 * @returns frames received, 0 when the port was quiet
 */
export function forwardBurst(from: Ingress, forward: () => void, to: Egress, batch: Batch): number {
  const received = from.receive(batch);
  if (received === 0) return 0;
  forward();
  to.transmit(batch);
  return received;
}
