/**
 * Runs in a guest: checks the laws on every variant that it supports, and prints what is wrong with
 * each as a line of JSON. Usage: laws-in-guest.ts SEED
 */

import { writeFileSync } from "node:fs";
import { explain } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";
import { lawCases } from "../../../test/second-workload/laws.ts";
import { SriovLab, sriovVf } from "../src/index.ts";
import { burst, checkLaw } from "./check-law.ts";

/**
 * The kernel takes frames of a card in lists of 8. Within a list a packet socket gets a frame whose
 * EtherType no protocol of the kernel handles after the one that follows it
 * (__netif_receive_skb_list_core()). In lists of 1 all frames come in order.
 */
function keepOrderInPacketSockets(): void {
  writeFileSync("/proc/sys/net/core/gro_normal_batch", "1");
}

const seed = Number(process.argv[2]);

/** How the variant is bound to these functions; null where there is no choice. */
function modeOf(variant: string, { ports }: Testbed): string | null {
  using path = sriovVf.open(variant, ports, { burst, workload: ipv4Forward });
  return path.deviceMode ?? null;
}

function tell(variant: string, law: string, problem: string | null): void {
  console.log(JSON.stringify({ variant, law, problem }));
}

try {
  keepOrderInPacketSockets();
  using lab = new SriovLab({ ports: { card: "eth0" }, emulated: true });
  for (const { name: variant } of sriovVf.variants) {
    const support = sriovVf.probe(variant, lab.testbed.ports, ipv4Forward);
    tell(variant, "supported", support.ok ? modeOf(variant, lab.testbed) : support.missing);
    if (!support.ok) continue;
    for (const lawCase of lawCases) {
      tell(variant, lawCase.name, await checkLaw(lawCase, variant, lab.testbed, seed));
    }
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
