/**
 * Probes variants with the rights that this process has: TESTBED PATH/VARIANT... as JSON and names.
 * Prints a line of JSON for each: its name, and what is missing, if anything.
 */

import { paths } from "@iopath/harness";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";

const [testbedText, ...names] = process.argv.slice(2);
const { ports } = JSON.parse(testbedText!) as Testbed;
for (const name of names) {
  const [pathName, variant] = name.split("/") as [string, string];
  const support = paths.find((path) => path.name === pathName)!.probe(variant, ports, ipv4Forward);
  console.log(JSON.stringify({ name, missing: support.ok ? undefined : support.missing }));
}
