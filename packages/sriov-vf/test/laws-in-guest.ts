/**
 * Runs in a guest: checks the laws on every variant that it supports, and prints what is wrong with
 * each as a line of JSON. Usage: laws-in-guest.ts SEED
 */

import { explain } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";
import { SriovLab, sriovVf } from "../src/index.ts";
import { burst, checkLaw, lawsOfFunctions } from "./check-law.ts";

/** How the variant is bound to these functions; null where there is no choice. */
function modeOf(variant: string, { ports }: Testbed): string | null {
  using path = sriovVf.open(variant, ports, { burst, workload: ipv4Forward });
  return path.deviceMode ?? null;
}

function tell(variant: string, law: string, problem: string | null): void {
  console.log(JSON.stringify({ variant, law, problem }));
}

try {
  using lab = new SriovLab({ ports: { card: "eth0" }, emulated: true });
  for (const { name: variant } of sriovVf.variants) {
    const support = sriovVf.probe(variant, lab.testbed.ports, ipv4Forward);
    tell(variant, "supported", support.ok ? modeOf(variant, lab.testbed) : support.missing);
    if (!support.ok) continue;
    for (const law of lawsOfFunctions) {
      tell(variant, law.name, await checkLaw(law, variant, lab.testbed, Number(process.argv[2])));
    }
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
