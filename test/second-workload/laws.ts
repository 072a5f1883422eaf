/**
 * What is checked on every path: each law with the project's workload, and those about frames and
 * counters with a workload of the tests' own as well. The other laws do not depend on what is done
 * to a frame.
 */
import { type Law, laws, type Workload } from "@iopath/contract";
import { ipv4Forward, ipv6Forward, macSwap } from "@iopath/workloads";
import { payloadXor } from "./payload-xor.ts";

export interface LawCase {
  /** The title of its test. */
  readonly name: string;
  readonly law: Law;
  readonly workload: Workload;
}

const ofFrames = laws.filter(({ name }) => /as the reference says|counters/.test(name));

export const lawCases: readonly LawCase[] = [
  ...laws.map((law) => ({ name: law.name, law, workload: ipv4Forward })),
  ...casesOf(payloadXor),
];

/** The project's other workloads, on the ports of a lab. */
export const labCases: readonly LawCase[] = [ipv6Forward, macSwap].flatMap(casesOf);

function casesOf(workload: Workload): LawCase[] {
  const named = (law: Law) => `${law.name} (workload ${workload.name})`;
  return ofFrames.map((law) => ({ name: named(law), law, workload }));
}
