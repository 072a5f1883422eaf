/**
 * A forwarder on memif whose tester is another process; says that it listens, forwards until
 * SIGTERM, then prints its counters.
 *
 *     memif-forwarder.ts INGRESS_SOCKET EGRESS_SOCKET
 */

import { setImmediate } from "node:timers/promises";
import { polledForwarder } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import { waitForPeer } from "../src/devices.ts";
import { openDevices } from "../src/pmd-path.ts";
import { ports } from "./subject.ts";

const [ingressSocket, egressSocket] = process.argv.slice(2);
const on = (role: string, socket: string) => `role=${role},socket=${socket},socket-abstract=yes`;

let ended = false;
process.on("SIGTERM", () => {
  ended = true;
});
{
  using path = openDevices(ports, "ordinary", (make) => {
    const ingress = make("net_memif", on("server", ingressSocket!));
    const egress = make("net_memif", on("client", egressSocket!));
    console.log("listening"); // a client finds a server that is there already, or none
    for (const device of [ingress, egress]) waitForPeer(device, "memif");
    return { ingress, egress };
  });
  const forwarder = polledForwarder(path, ports[1], { burst: 64, workload: ipv4Forward });
  while (!ended) {
    for (let i = 0; i < 100; i++) forwarder.step();
    await setImmediate();
  }
  const { received, sent, unsent, dropped } = forwarder.counters();
  console.log(JSON.stringify({ received, sent, unsent, dropped: [...dropped] }));
} // closing throws when an mbuf was lost
