/** Frames of every kind: those of the workloads that look behind the MACs, and bare headers. */
import { ethernetHeaderBytes, type Hop, type RandomFrame } from "@iopath/contract";
import { randomFrames as ipv4Frames } from "../ipv4-forward/random-frames.ts";
import { randomFrames as ipv6Frames } from "../ipv6-forward/random-frames.ts";
import { randomOf } from "../random-bytes.ts";

/** One frame in so many is a bare header. */
const framesPerBare = 50;

/**
 * What no tester sees come back: Linux drops a frame that is too short for its VLAN tag before any
 * socket gets it.
 */
const unseen: readonly string[] = ["taggedRunt"];

/** @param hop MACs of the forwarder's ingress port, and of who gets what comes back */
export function randomFrames(seed: number, hop: Hop): () => RandomFrame {
  const random = randomOf(seed);
  const sources = [ipv4Frames(seed, hop), ipv6Frames(seed, hop)];
  const any = () => sources[random(0, 1)]!();
  return () => {
    let { kind, frame } = any();
    while (unseen.includes(kind)) ({ kind, frame } = any());
    if (random(1, framesPerBare) > 1) return { kind, frame };
    const bare = frame.slice(0, ethernetHeaderBytes);
    // No tag: the kernel drops a frame that ends in the middle of one.
    bare[12] = 0x08;
    return { kind: "bareHeader", frame: bare };
  };
}
