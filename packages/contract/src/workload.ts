/**
 * A workload as a value: what is done to each frame, and all that paths, laws, testers and the
 * harness have to know of it. `packages/workloads` has the values.
 */
import type { Batch, InPlace, Room } from "./batch.ts";
import { parseMac } from "./frame.ts";

/** What a forwarded frame gets: the next hop's MAC, and that of the egress port. */
export interface Hop {
  readonly destinationMac: string;
  readonly sourceMac: string;
}

/** Frames dropped, by index into the workload's `reasons`. */
export type DropCounts = Uint32Array;

/** What the fast form of a workload is made for. */
export interface FastFormParts {
  /** Where the path's frames lie; a batch's offsets count from its beginning. */
  readonly memory: Uint8Array;
  /** Most frames of one burst. */
  readonly burst: number;
  readonly hop: Hop;
  /** Where the path has one; a batch with columns does as well. */
  readonly inPlace?: InPlace | undefined;
}

/** The fast form of a workload, made for one path and its bursts. */
export interface FastForm extends Disposable {
  /** What compiled it: WebAssembly reaches the frames of most paths, JavaScript those of all. */
  readonly engine: "WebAssembly" | "JavaScript";
  /** The burst that is forwarded whenever `forward` is called. */
  readonly batch: Batch;
  /** Does the work on each frame of the batch, in place. */
  readonly forward: () => void;
  /** Added to by `forward`. */
  readonly drops: DropCounts;
}

/** What becomes of one frame; a reason is one of the workload's. */
export type Outcome =
  | { readonly forwarded: true; readonly frame: Uint8Array }
  | { readonly forwarded: false; readonly reason: string };

/** A frame of a verify pass, in memory, and which kind of frame it is. */
export interface RandomFrame {
  readonly kind: string;
  readonly frame: Uint8Array;
}

/** What a sink counts: frames with this 32-bit little-endian word, plus the worker's number. */
export interface Mark {
  /** Bytes from the beginning of the frame. */
  readonly at: number;
  readonly value: number;
}

/** Byte offsets of the fields in which flows differ; all are half words at even offsets. */
export interface FlowFields {
  /**
   * Takes up what the others add to a checksum, which then holds for every flow: the addresses to
   * that of a header, or all of them to that of a datagram.
   */
  readonly balance: { readonly at: number; readonly of: "addresses" | "all" };
  /** The lower half of each address. */
  readonly sourceHost: number;
  readonly destinationHost: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The flow's number, little-endian, in the payload. */
  readonly number: number;
}

/** Where an open-loop tester writes into each frame; what the workload leaves as it is. */
export interface Stamps {
  /** u32, little-endian: the frame's number in its trial. */
  readonly sequence: number;
  /** u64, little-endian: when it was sent, in nanoseconds. */
  readonly time: number;
  /** The smallest size on the wire, frame check sequence included, that has room for both. */
  readonly frameBytesMin: number;
}

/** The frames that a tester measures with. */
export interface MeasuringFrames {
  /** The smallest size on the wire, frame check sequence included, that holds all of it. */
  readonly frameBytesMin: number;
  readonly mark: Mark;
  readonly flowFields: FlowFields;
  /** None where the workload changes all of the payload, or uses it. */
  readonly stamps?: Stamps;
  /**
   * One frame, without frame check sequence, that the workload forwards.
   *
   * @param macs of the forwarder's ingress port, and of the tester
   * @param frameBytes on the wire, at least `frameBytesMin`
   */
  build(macs: Hop, frameBytes: number, flow: number, sequence: number): Uint8Array;
  /** Writes the checksum that holds for every flow into a frame whose flow was changed. */
  writeChecksum(frame: Uint8Array): void;
  /** How many frames of a window come back: all of them, unless the workload drops by design. */
  expectedBack(window: number): number;
}

/**
 * What repeated passes wear out in a frame that goes round and round in one memory, as a TTL; none
 * where a pass leaves a frame as fit as it was.
 */
export interface Wear {
  /** The frame in the state that lasts longest. */
  fresh(frame: Uint8Array): Uint8Array;
  /** Passes that a fresh frame survives, and a frame of `MeasuringFrames.build`. */
  readonly passes: { readonly fresh: number; readonly built: number };
  /** 32-bit words of the frame that a pass changes, counted from its beginning. */
  readonly words: readonly number[];
}

/**
 * The form for paths whose frames stay in the kernel. The contract knows no more of it;
 * `kernelWorkOf` of `@iopath/workloads` opens it.
 */
export interface KernelForm {
  readonly form: "listing";
}

export interface Workload {
  /** As configs and files name it: "ipv4-forward". */
  readonly name: string;
  /** One line for `iopath list` and the docs. */
  readonly summary: string;
  /** Why a frame is dropped, in the order in which the checks are made. */
  readonly reasons: readonly string[];
  /**
   * Whether a forwarded frame goes to the MAC that it came from: the tester sends as who receives,
   * or a switch would lead frames back to the sender.
   */
  readonly returnsToSender?: boolean;
  /** Whether it forwards frames with a VLAN tag; a path that would lose the tag drops them. */
  readonly forwardsTagged?: boolean;
  /** What it needs around a frame; none where it lengthens no frame and moves no start. */
  readonly room?: Room;
  /**
   * The fast form, for paths whose frames cross user space; `fastForm` of `@iopath/workloads` makes
   * it of a listing. What it may do to the batch stands in batch.ts. Packet sockets may hand over
   * no more than the first 20 to 34 bytes of a frame with a VLAN tag: a workload that drops such
   * frames does so before it asks for more bytes.
   */
  newFastForm(parts: FastFormParts): FastForm;
  /** The same work, byte by byte and as plainly as it goes, to judge all other forms by. */
  reference(frame: Uint8Array, hop: Hop): Outcome;
  /** Paths whose frames stay in the kernel lack a workload that has none. */
  readonly kernelForm?: KernelForm;
  /**
   * An endless supply of frames of every kind that a forwarder meets. The same seed gives the same
   * frames.
   *
   * @param macs of the forwarder's ingress port, and of the tester
   */
  randomFrames(seed: number, macs: Hop): () => RandomFrame;
  readonly measuring: MeasuringFrames;
  readonly wear?: Wear;
  /** What a frame keeps on its way, to find the original of a corrupted one; undefined: nothing. */
  identityOf(frame: Uint8Array): number | undefined;
  /** Whether a frame can be one of the tester's: on shared interfaces others speak as well. */
  isOurs(frame: Uint8Array): boolean;
  /** Whether a frame is a message of the forwarder's own, for forwarders that answer. */
  isAnswer(frame: Uint8Array): boolean;
}

export function newDropCounts({ reasons }: Pick<Workload, "reasons">): DropCounts {
  return new Uint32Array(reasons.length);
}

/** A port by its MAC, and by that of who is at the other end of its wire. */
interface Ends {
  readonly mac: string;
  readonly neighbor: { readonly mac: string };
}

/** The hop of frames that leave by a port. */
export function hopOf(egress: Ends): Hop {
  return { destinationMac: egress.neighbor.mac, sourceMac: egress.mac };
}

/** The MACs of frames that a tester sends into the first port: of it, and of their sender. */
export function macsInto(
  { returnsToSender = false }: Pick<Workload, "returnsToSender">,
  [ingress, egress]: readonly [Ends, Ends],
): Hop {
  const { neighbor } = returnsToSender ? egress : ingress;
  return { destinationMac: ingress.mac, sourceMac: neighbor.mac };
}

/** The twelve bytes of both MACs, as a forwarded frame begins. */
export function hopBytes({ destinationMac, sourceMac }: Hop): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12);
  bytes.set(parseMac(destinationMac), 0);
  bytes.set(parseMac(sourceMac), 6);
  return bytes;
}
