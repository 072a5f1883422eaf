/**
 * Runs in a guest with two cards: names functions in every way, sends frames through
 * them, and prints what came of each way as a line of JSON.
 */
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { explain, laws } from "@iopath/contract";
import { bindKernelDriver, driverOf, ip, netdevOf, type Pair } from "@iopath/lab";
import { inNamespace, readReceiveCoalescing } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { SriovLab, type SriovLabOptions, sriovVf, VirtualFunctions } from "../src/index.ts";
import { checkLaw } from "./check-law.ts";

const [first, second] = ["eth0", "eth1"] as const;
const law = laws.find(({ name }) => name.startsWith("every frame comes out once"))!;
const macs = ["02:00:00:00:00:11", "02:00:00:00:00:12", "02:00:00:00:00:13", "02:00:00:00:00:14"];

async function tell(way: string, options: Omit<SriovLabOptions, "emulated">): Promise<void> {
  let problem: string | null;
  try {
    using lab = new SriovLab({ ...options, emulated: true });
    problem = await checkLaw({ law, workload: ipv4Forward }, "vfio", lab.testbed, 1);
  } catch (error) {
    problem = explain(error);
  }
  console.log(JSON.stringify({ way, problem }));
}

const functionsOf = (card: string) => {
  const device = `/sys/class/net/${card}/device`;
  const count = Number(readFileSync(`${device}/sriov_numvfs`, "utf8"));
  return Array.from({ length: count }, (_, i) => basename(readlinkSync(`${device}/virtfn${i}`)));
};

{
  using lab = new SriovLab({ ports: { card: first }, emulated: true });
  const of = (wire: { device: string }) => readReceiveCoalescing(wire.device);
  const found = inNamespace(lab.testbed.testerNamespace, () => lab.testbed.wires.map(of));
  console.log(JSON.stringify({ way: "coalescing of the tester", problem: found }));
}
{
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  using lab = new SriovLab({ ports: { card: first }, emulated: true });
  const { ports } = lab.testbed;
  using _path = sriovVf.open("packet-mmsg", ports, { burst: 8, workload: ipv4Forward });
  const routed = ports.map(({ device }) =>
    readFileSync(`/proc/sys/net/ipv4/conf/${netdevOf(device)}/forwarding`, "utf8").trim(),
  );
  console.log(JSON.stringify({ way: "routing on a host that routes", problem: routed }));
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "0");
}
await tell("a second card's for the tester", { ports: { card: first }, tester: { card: second } });
await tell("more functions than are used", { ports: { card: first }, count: 6 });
await tell("fewer than are used", { ports: { card: first }, count: 2 });
{
  using _made = new VirtualFunctions(first, macs);
  const found = functionsOf(first);
  using _kept = bindKernelDriver(found[0]!);
  await tell("by PCI address", {
    ports: { functions: found.slice(0, 2) as unknown as Pair },
    tester: { functions: found.slice(2) as unknown as Pair },
  });
  console.log(JSON.stringify({ way: "driver afterwards", problem: driverOf(found[0]!) ?? "none" }));
  const drivers = new DisposableStack();
  for (const address of found.slice(2)) drivers.use(bindKernelDriver(address));
  const interfaces = found.slice(2).map(netdevOf) as unknown as Pair;
  for (const name of interfaces) {
    // it would send frames of its own
    writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
    ip("link", "set", name, "up");
  }
  await tell("interfaces for the tester", {
    ports: { functions: found.slice(0, 2) as unknown as Pair },
    tester: { interfaces },
  });
  ip("route", "add", "default", "dev", interfaces[0]);
  await tell("one with the default route", {
    ports: { functions: found.slice(2) as unknown as Pair },
    tester: { functions: found.slice(0, 2) as unknown as Pair },
  });
  ip("route", "delete", "default");
  await tell("a device that is no virtual function", {
    ports: { functions: ["0000:00:00.0", found[1]!] },
    tester: { interfaces },
  });
  drivers.dispose();
}
console.log(JSON.stringify({ way: "functions left", problem: functionsOf(first).join() || null }));
