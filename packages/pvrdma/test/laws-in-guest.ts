/**
 * Runs in a guest: checks the laws on every variant, and sends it many frames, each verified.
 * Prints what is wrong with each as a line of JSON. Usage: laws-in-guest.ts SEED FRAMES
 */

import {
  explain,
  type Law,
  laws,
  openForwarder,
  type PortSpec,
  type Subject,
} from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";
import { paravirtualTestbed, pvrdma, SoftRoceLab, type VerbsPath } from "../src/index.ts";

const [seed, frames] = process.argv.slice(2).map(Number) as [number, number];
/** Of the law that sends frames: 20 windows of 32. */
const framesOfLaw = 640;
/** Enough to see what each frame leaves behind, in a guest. */
const steadyFrames = 3200;
const everyFrame = laws.find(({ name }) => name.startsWith("every frame"))!;

/** What is wrong with a law, or null. */
async function check(law: Law, variant: string, { ports }: Testbed, seeds: readonly number[]) {
  using forwarder = openForwarder(pvrdma, variant, ports as [PortSpec, PortSpec], {
    burst: 64,
    workload: ipv4Forward,
  });
  using tester = (forwarder.path as VerbsPath).testers.verifying();
  const { send, collect } = tester;
  const ends = { ingress: ports[0], egress: ports[1] };
  const subject: Subject = { forwarder, ...ends, steadyFrames, send, collect };
  for (const of of seeds) {
    const problem = await law.check(subject, of);
    if (problem !== undefined) return problem;
  }
  return null;
}

try {
  const testbed = paravirtualTestbed();
  using soft = new SoftRoceLab();
  for (const { name: variant } of pvrdma.variants) {
    const where = variant.endsWith("-rxe") ? soft.testbed : testbed;
    const support = pvrdma.probe(variant, where.ports, ipv4Forward);
    console.log(
      JSON.stringify({ variant, law: "supported", problem: support.ok ? null : support.missing }),
    );
    if (!support.ok) continue;
    for (const law of laws) {
      const problem = await check(law, variant, where, [seed]);
      console.log(JSON.stringify({ variant, law: law.name, problem }));
    }
    const many = Array.from({ length: Math.ceil(frames / framesOfLaw) }, (_, i) => seed + i);
    const problem = await check(everyFrame, variant, where, many);
    console.log(JSON.stringify({ variant, law: "many frames", problem }));
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
