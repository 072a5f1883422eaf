/** Links that are lost for a moment, as those of cards are when an XDP program comes or goes. */
import type { PortSpec } from "@iopath/contract";
import { expect, it } from "vitest";
import { awaitCarriers, Namespace, portFaults, type Testbed } from "../src/index.ts";
import { killCode, spawnCode } from "./run-code.ts";

/** The state while a path has taken both ports' cards from the kernel. */
function testbedIn(namespace: string): Testbed {
  const end = (device: string) => ({ device, mac: "02:00:00:00:00:01", ipv4: "" });
  const port = (device: string): PortSpec => ({ ...end(device), queue: 0, neighbor: end("") });
  return {
    class: "emulated",
    ...{ shared: true, testerNamespace: namespace },
    ports: [port("0000:01:00.0"), port("gone1")],
    wires: [end("t0"), end("t1")],
  };
}

it("waits for a carrier also when the far end of its wire is no interface at the moment", async () => {
  using namespace = new Namespace("carriers");
  for (const end of [0, 1]) {
    namespace.ip("link", "add", `t${end}`, "type", "veth", "peer", "name", `p${end}`);
    namespace.ip("link", "set", `t${end}`, "up");
  }
  namespace.ip("link", "set", "p0", "up");
  const testbed = testbedIn(namespace.name);
  const gone = ["interface 0000:01:00.0 is gone", "interface gone1 is gone"];
  expect(portFaults(testbed)).toEqual([...gone, "interface t1 has no carrier"]);
  const setUp = `lab.ip("-n", ${JSON.stringify(namespace.name)}, "link", "set", "p1", "up")`;
  const later = await spawnCode(`setTimeout(() => ${setUp}, 500); console.log("ready")`);
  awaitCarriers(testbed);
  const faults = portFaults(testbed);
  await killCode(later);
  expect(faults).toEqual(gone);
});
