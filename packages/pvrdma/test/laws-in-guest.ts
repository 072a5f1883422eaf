/**
 * Runs in a guest: checks the laws on every variant, and sends it many frames, each verified.
 * Prints what is wrong with each as a line of JSON. Usage: laws-in-guest.ts SEED FRAMES
 */

import { explain, openForwarder, type PortSpec, type Subject } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";
import { type LawCase, lawCases } from "../../../test/second-workload/laws.ts";
import { paravirtualTestbed, pvrdma, SoftRoceLab, type VerbsPath } from "../src/index.ts";

const [seed, frames] = process.argv.slice(2).map(Number) as [number, number];
/** Of the law that sends frames: 20 windows of 32. */
const framesOfLaw = 640;
/** Enough to see what each frame leaves behind, in a guest. */
const steadyFrames = 3200;
const everyFrame = lawCases.find(({ name }) => name.startsWith("every frame"))!;

/** What is wrong with a law, or null. */
async function check(
  { law, workload }: Pick<LawCase, "law" | "workload">,
  variant: string,
  { ports }: Testbed,
  seeds: readonly number[],
): Promise<string | null> {
  using forwarder = openForwarder(pvrdma, variant, ports as [PortSpec, PortSpec], {
    burst: 64,
    workload,
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
    for (const lawCase of lawCases) {
      const problem = await check(lawCase, variant, where, [seed]);
      console.log(JSON.stringify({ variant, law: lawCase.name, problem }));
    }
    const many = Array.from({ length: Math.ceil(frames / framesOfLaw) }, (_, i) => seed + i);
    const problem = await check(everyFrame, variant, where, many);
    console.log(JSON.stringify({ variant, law: "many frames", problem }));
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
