/**
 * What a forwarder should make of the frames that are sent to it: which come out, in which bytes
 * and order, and what its counters say then. The verify pass and the laws both ask this.
 */
import { type Deviation, deviationTexts } from "./deviations.ts";
import { type Expecting, expectFrame } from "./expect-frame.ts";
import { etherTypeArp, etherTypeIpv4, etherTypeIpv6, parseMac } from "./frame.ts";
import { headerOf, isHandled, uint16, withoutTags } from "./inspect.ts";
import { Judge } from "./judge.ts";
import { type Counters, ownAddresses, type PortSpec } from "./path.ts";

export interface Expected extends Expecting {
  /** Whether others send on these ports too. */
  readonly shared?: boolean;
}

export class Expectations {
  readonly judge: Judge;
  readonly #expected: Expected;
  #frames = 0;
  #forwarded = 0;
  #absent = 0;
  readonly #dropped = new Map<string, number>();
  readonly #byDeviation = new Map<Deviation, number>();
  /** Frames that are not judged, by addresses, protocol and identification. */
  readonly #unjudged = new Map<string, number>();
  #unjudgedFrames = 0;
  /** Frames that the forwarder's kernel may answer, where the variant sees its answers. */
  #answerable = 0;
  /** Frames that came out, and that the kernel or others had sent. */
  #ofOthers = 0;
  /** On ports that others use: addresses and protocols of what we sent. */
  readonly #ours = new Set<string>();

  constructor(expected: Expected) {
    this.#expected = expected;
    this.judge = new Judge(expected.workload, (frame) => this.#isForeign(frame));
  }

  /** A frame that is sent to the forwarder. */
  add(frame: Uint8Array): void {
    const { ports, deviations, shared } = this.#expected;
    const expectation = expectFrame(frame, this.#expected);
    const mayWait = deviations?.includes("hands-over-late") && !isHandled(frame);
    this.#frames++;
    if (shared) this.#ours.add(conversationOf(frame));
    if (deviations?.includes("sees-outgoing") && isToPorts(frame, ports)) this.#answerable++;
    if (expectation.deviation) addTo(this.#byDeviation, expectation.deviation);
    if (expectation.forwarded === undefined) {
      addTo(this.#unjudged, identityOf(frame));
      this.#unjudgedFrames++;
    } else if (expectation.forwarded) {
      this.judge.expect(expectation.frame, mayWait);
      this.#forwarded++;
    } else if (expectation.reason === "absent") this.#absent++;
    else addTo(this.#dropped, expectation.reason);
  }

  get frames(): number {
    return this.#frames;
  }

  /** Frames that a forwarder has certainly received once it is done with all that was sent. */
  get receivedMin(): number {
    return this.#frames - this.#absent - this.#unjudgedFrames;
  }

  /** Frames that the workload drops, by reason. */
  get dropped(): Record<string, number> {
    const counts = this.#expected.workload.reasons.map((reason) => [
      reason,
      this.#dropped.get(reason) ?? 0,
    ]);
    return Object.fromEntries(counts);
  }

  /** What the deviations made a difference to, in words: "3 frames not judged: …". */
  notes(): string[] {
    const counts = new Map(this.#byDeviation);
    if (this.#ofOthers > 0) counts.set("answers", this.#ofOthers);
    if (this.judge.waited > 0) counts.set("hands-over-late", this.judge.waited);
    return [...counts].map(([deviation, count]) => {
      return `${count === 1 ? "1 frame" : `${count} frames`} ${deviationTexts[deviation]}`;
    });
  }

  /**
   * What is wrong with a forwarder's counters, in words.
   *
   * @param before those from before the first frame
   */
  counterProblems(now: Counters, before?: Counters): string[] {
    const { shared } = this.#expected;
    return this.#counterRanges(now, before)
      .filter(([, count, min, max]) => count < min || (!shared && count > max))
      .map(([name, count, min, max]) => {
        const wanted = min === max ? `${min}` : `${min} to ${max}`;
        return `counter ${name} says ${count}, should say ${wanted}`;
      });
  }

  /** Name, count, and what it may be; frames that are not judged may be in any of them. */
  #counterRanges(now: Counters, before?: Counters) {
    const slack = this.#unjudgedFrames + this.#answerable;
    const { reasons } = this.#expected.workload;
    const told = now.droppedUntold === undefined;
    const notForwarded = this.receivedMin - this.#forwarded;
    const drops = told
      ? reasons.map((reason, i) => {
          const count = now.dropped[i]! - (before?.dropped[i] ?? 0);
          return [reason, count, this.#dropped.get(reason) ?? 0, slack] as const;
        })
      : [
          [
            "dropped",
            now.droppedUntold - (before?.droppedUntold ?? 0),
            notForwarded,
            slack,
          ] as const,
        ];
    return [
      ["received", now.received - (before?.received ?? 0), this.receivedMin, slack] as const,
      ["sent", now.sent - (before?.sent ?? 0), this.#forwarded, slack] as const,
      ["unsent", now.unsent - (before?.unsent ?? 0), 0, slack] as const,
      ...drops,
    ].map(([name, count, min, more]) => [name, count, min, min + more] as const);
  }

  /**
   * Whether an unexpected frame is foreign: of a conversation that is not judged, of other hosts on
   * the same ports, or of the forwarder's kernel, which answers requests.
   */
  #isForeign(frame: Uint8Array): boolean {
    const { workload, ports, deviations = [], shared } = this.#expected;
    if (this.#unjudged.has(identityOf(frame))) return true;
    const isOfOthers =
      (shared && !workload.isOurs(frame) && !this.#ours.has(conversationOf(frame))) ||
      (!workload.isOurs(frame) && isOfKernel(frame, ports)) ||
      (deviations.includes("answers") && workload.isAnswer(frame));
    if (isOfOthers) this.#ofOthers++;
    return isOfOthers;
  }
}

/** ARP, or IPv4 to a port's own address or its network's broadcast: what the kernel may answer. */
function isToPorts(frame: Uint8Array, ports: readonly [PortSpec, PortSpec]): boolean {
  const untagged = withoutTags(frame);
  if (uint16(untagged, 12) === etherTypeArp) return true;
  const header = headerOf(untagged);
  const own = ownAddresses(ports);
  return header !== undefined && own.some((address) => isAt(header.destination, 0, address));
}

/** ARP and IPv6 from a port's MAC, or IPv4 from a port's own address. */
function isOfKernel(frame: Uint8Array, ports: readonly [PortSpec, PortSpec]): boolean {
  const etherType = uint16(frame, 12);
  if (etherType === etherTypeArp || etherType === etherTypeIpv6) {
    return ports.some(({ mac }) => isAt(frame, 6, parseMac(mac)));
  }
  const own = ownAddresses(ports);
  return etherType === etherTypeIpv4 && own.some((address) => isAt(frame, 26, address));
}

function isAt(frame: Uint8Array, at: number, bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => frame[at + i] === byte);
}

/** Source, destination and protocol; the first bytes of what is no IPv4. */
function conversationOf(frame: Uint8Array): string {
  return keyOf(frame, 0);
}

/** And the identification: all fragments of a datagram have the same. */
function identityOf(frame: Uint8Array): string {
  return keyOf(frame, 2);
}

function keyOf(frame: Uint8Array, identificationBytes: number): string {
  const untagged = withoutTags(frame);
  const part = (from: number, to: number) =>
    Buffer.from(untagged.subarray(from, to)).toString("hex");
  return part(26, 34) + part(23, 24) + part(18, 18 + identificationBytes);
}

function addTo<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
