/**
 * What is checked on every path: each law with the project's workload, and those about frames and
 * counters with a workload of the tests' own as well. The other laws do not depend on what is done
 * to a frame.
 */
import { type Law, laws, type Workload } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
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
  ...ofFrames.map((law) => ({
    name: `${law.name} (workload ${payloadXor.name})`,
    law,
    workload: payloadXor,
  })),
];
