/** The listings with what judges them: references in plain TypeScript, and frames of every kind. */

import { hopBytes } from "@iopath/contract";
import {
  ipv4Forward as ipv4ForwardValue,
  ipv6Forward as ipv6ForwardValue,
  macSwap as macSwapValue,
} from "@iopath/workloads";
import { dnsOnly } from "../listings/dns-only.ts";
import { ipv4Forward } from "../listings/ipv4-forward.ts";
import { ipv6Forward } from "../listings/ipv6-forward.ts";
import { macSwap } from "../listings/mac-swap.ts";
import type { Listing } from "../src/index.ts";
import type { Outcome, Result } from "./sketch.ts";

const nextHop = "02:00:00:00:00:04";
const egress = "02:00:00:00:00:03";
const hop = { destinationMac: nextHop, sourceMac: egress };
const macs = hopBytes(hop);

type Verdict = { forwarded: true; frame: Uint8Array } | { forwarded: false; reason: string };

interface Workload {
  readonly name: string;
  readonly listing: Listing;
  readonly reference: (frame: Uint8Array) => Verdict;
  /** Which counters a forwarded frame adds to. */
  readonly counted?: (frame: Uint8Array) => readonly string[];
  /** Frames of which many are forwarded and every reason to drop one occurs. */
  readonly frames: (seed: number, count: number) => Generator<Uint8Array>;
}

export const workloads: readonly Workload[] = [
  {
    name: "ipv4-forward",
    listing: ipv4Forward(macs),
    reference: (frame) => ipv4ForwardValue.reference(frame, hop) as Verdict,
    frames: ipv4Frames,
  },
  {
    name: "ipv6-forward",
    listing: ipv6Forward(macs),
    reference: (frame) => ipv6ForwardValue.reference(frame, hop) as Verdict,
    frames: ipv6Frames,
  },
  {
    name: "mac-swap",
    listing: macSwap(),
    reference: (frame) => macSwapValue.reference(frame, hop) as Verdict,
    frames: ipv4Frames,
  },
  {
    name: "dns-only",
    listing: dnsOnly(macs),
    reference: passDns,
    counted: (frame) => (udpBytesOf(frame) > 520 ? ["long-queries"] : []),
    frames: dnsFrames,
  },
];

function passDns(frame: Uint8Array): Verdict {
  const drop = (reason: string): Verdict => ({ forwarded: false, reason });
  if (frame.length < 14 + 20 + 8) return drop("short");
  if (frame[12] !== 8 || frame[13] !== 0 || frame[14] !== 0x45) return drop("not-ipv4");
  if (frame[20]! % 64 !== 0 || frame[21] !== 0) return drop("fragment");
  if (frame[23] !== 17) return drop("not-udp");
  if (frame[36] !== 0 || frame[37] !== 53) return drop("port");
  const udpBytes = udpBytesOf(frame);
  if (udpBytes < 8 || 14 + 20 + udpBytes > frame.length) return drop("udp-length");
  return { forwarded: true, frame: Uint8Array.of(...macs, ...frame.subarray(12)) };
}
const udpBytesOf = (frame: Uint8Array) => frame[38]! * 256 + frame[39]!;

/**
 * The contract's with other MACs: as they are, with one byte of the header changed, cut, with a
 * checksum that wraps, with a total length that is about that of the header.
 */
function* ipv4Frames(seed: number, count: number): Generator<Uint8Array> {
  const next = ipv4ForwardValue.randomFrames(seed, {
    destinationMac: "02:00:00:00:00:01",
    sourceMac: "02:00:00:00:00:02",
  });
  for (let n = 0; n < count; n++) {
    let frame = Uint8Array.from(next().frame);
    for (let i = 0; i < 12; i++) frame[i]! ^= (n * 167 + i * 59) & 0xff;
    if (n % 5 === 1 && frame.length >= 28) frame[12 + (((n * 7) >> 3) % 16)] = (n * 31) & 0xff;
    if (n % 5 === 2) frame = frame.slice(0, ((n / 5) | 0) % 80);
    if (n % 8 === 3 && frame.length > 26) {
      frame.set([0xfc + ((n >> 3) % 4), 0xfe + ((n >> 5) % 2)], 24);
    }
    if (n % 12 === 5 && frame.length > 26) {
      frame[14] = 0x45 + (n % 7);
      frame.set([0, (frame[14] & 0xf) * 4 + ((n >> 4) % 3) - 1], 16);
    }
    yield frame;
  }
}

/** Most of them made IPv6: payloads that fit, by a byte not, or leave padding; small hop limits. */
function* ipv6Frames(seed: number, count: number): Generator<Uint8Array> {
  let n = 0;
  for (const frame of ipv4Frames(seed, count)) {
    n++;
    if (n % 7 !== 0 && frame.length >= 54) {
      frame.set([0x86, 0xdd, (n % 17 === 0 ? 0x50 : 0x60) | (n & 0xf)], 12);
      const payloadBytes = frame.length - 54 + ([1, -1, -7][n % 11] ?? 0);
      frame.set([(payloadBytes >> 8) & 0xff, payloadBytes & 0xff], 18);
      frame[21] = n % 5 === 0 ? n % 4 : (n * 3) & 0xff;
    }
    yield frame;
  }
}

/** Most of them to port 53 with a length that fits; fragments and other protocols among them. */
function* dnsFrames(seed: number, count: number): Generator<Uint8Array> {
  let n = 0;
  for (const frame of ipv4Frames(seed, count)) {
    n++;
    if (frame.length >= 42) {
      const udpBytes = n % 6 === 0 ? n % 16 : frame.length - 34 + [0, 0, -1, 1][n % 4]!;
      frame[20] = n % 5 === 0 ? 1 << (n % 8) : 0x40;
      frame[21] = n % 23 === 0 ? 1 : 0;
      frame[23] = n % 19 === 0 ? 6 : 17;
      frame.set([n % 13 === 0 ? 1 : 0, n % 17 === 0 ? 52 : 53], 36);
      frame.set([(udpBytes >> 8) & 0xff, udpBytes & 0xff], 38);
      if (n % 29 === 0) frame.set([2, 8 + (n % 2)], 38);
    }
    yield frame;
  }
}

interface Burst {
  readonly frames: readonly Uint8Array[];
  readonly wanted: Outcome;
}

/** Frames in bursts of 1 to 64, and what should become of them. */
export function burstsOf(workload: Workload, all: Iterable<Uint8Array>): Burst[] {
  const frames = [...all];
  const bursts: Burst[] = [];
  for (let at = 0, size = 1; at < frames.length; at += size, size = (size % 64) + 1) {
    const some = frames.slice(at, at + size);
    bursts.push({ frames: some, wanted: outcomeOf(workload, some) });
  }
  return bursts;
}

function outcomeOf(
  { listing, reference, counted = () => [] }: Workload,
  frames: readonly Uint8Array[],
): Outcome {
  const names = [...listing.reasons, ...listing.counters];
  const counts = names.map(() => 0);
  const results = frames.map((frame) => {
    const verdict = reference(frame);
    const added = verdict.forwarded ? counted(frame) : [verdict.reason];
    for (const name of added) counts[names.indexOf(name)]!++;
    return { forwarded: verdict.forwarded, frame: verdict.forwarded ? verdict.frame : frame };
  });
  return { results, counts };
}

/** The first difference in words, "" if they are equal. */
export function firstDifference(
  run: (frames: readonly Uint8Array[]) => Outcome,
  bursts: readonly Burst[],
): string {
  try {
    return bursts.map((burst) => differenceOf(burst, run(burst.frames))).find((one) => one) ?? "";
  } catch (error) {
    return (error as Error).message;
  }
}

function differenceOf({ frames, wanted }: Burst, got: Outcome): string {
  for (const [i, due] of wanted.results.entries()) {
    const result = got.results[i]!;
    const isSame = Buffer.compare(result.frame, due.frame) === 0;
    if (isSame && result.forwarded === due.forwarded) continue;
    return `of ${hex(frames[i]!)}: ${told(result)}, should be ${told(due)}`;
  }
  const counts = [got.counts, wanted.counts].map((one) => one.join(" "));
  return counts[0] === counts[1] ? "" : `counted ${counts[0]}, should be ${counts[1]}`;
}
const told = ({ forwarded, frame }: Result) =>
  `${forwarded ? "forwarded" : "dropped"} ${hex(frame)}`;
const hex = (frame: Uint8Array) => `${frame.length} bytes ${Buffer.from(frame).toString("hex")}`;
