/**
 * What is said to a tester on another machine before it opens, one line of JSON each: who it is,
 * and what its interfaces are. From then on it is spoken to like one on this machine.
 */
import { z } from "zod";
import { readEnvironment } from "../../environment/environment.ts";
import { testerAnswer } from "../protocol.ts";

/** A new number when any message to or from a tester changes: see far-protocol.test.ts. */
export const farProtocol = 1;

/** Who speaks; what any protocol begins with. */
const speakerSchema = z.object({
  protocol: z.number().int(),
  /** Version and revision of iopath. */
  iopath: z.string(),
  revision: z.string(),
});
export type Speaker = z.infer<typeof speakerSchema>;

export function thisSpeaker(): Speaker {
  const { iopath, revision } = readEnvironment();
  return { protocol: farProtocol, iopath, revision };
}

/** The first line to it. */
export const endsRequestSchema = z.object({
  /** Interfaces there: wired to the ingress, and to the egress. */
  tester: z.tuple([z.string(), z.string()]),
  testerNamespace: z.string().exactOptional(),
  force: z.boolean(),
  frameBytesMax: z.number().int().positive(),
  usesUdp: z.boolean(),
  /** How long it waits while something else measures there. */
  waitMinutes: z.number().nonnegative(),
});
export type EndsRequest = z.infer<typeof endsRequestSchema>;

const wireEnd = z.object({ device: z.string(), mac: z.string(), ipv4: z.string() });
const cpuFacts = z.object({
  cpu: z.number().int(),
  core: z.array(z.number().int()),
  node: z.number().int(),
  isolated: z.boolean(),
});

const endsSchema = z.object({
  wires: z.tuple([wireEnd, wireEnd]),
  notes: z.array(z.string()),
  hasCards: z.boolean(),
});

/** What a reader of figures has to know of the machine, and which CPUs it has. */
export const machineSchema = z.object({
  kernel: z.string(),
  cpuModel: z.string(),
  cpus: z.array(cpuFacts),
});

export const farAnswer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("hello"), ...speakerSchema.shape }),
  z.object({ status: z.literal("ends"), ends: endsSchema, machine: machineSchema }),
  ...testerAnswer.options,
]);
