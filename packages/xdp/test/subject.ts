/** A form of the path on veth ports with a tester around it, also one that is no variant. */

import { type OpenPath, openForwarder, type Path, type Subject } from "@iopath/contract";
import { openVerifyingTester } from "@iopath/harness/testers";
import type { Testbed } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";

export function openSubject(
  testbed: Testbed,
  open: (ports: Testbed["ports"]) => OpenPath,
): Subject & Disposable {
  const path: Path = {
    name: "xdp",
    variants: [],
    probe: () => ({ ok: true }),
    open: (_variant, ports) => open(ports),
  };
  using opening = new DisposableStack();
  const forwarder = opening.use(
    inNamespace(testbed.forwarderNamespace, () =>
      openForwarder(path, "", testbed.ports, { burst: 64, workload: ipv4Forward }),
    ),
  );
  const tester = opening.use(openVerifyingTester(testbed, "ethernet"));
  const resources = opening.move();
  return {
    forwarder,
    ingress: testbed.ports[0],
    egress: testbed.ports[1],
    send: tester.send,
    collect: tester.collect,
    [Symbol.dispose]: () => resources.dispose(),
  };
}

/** Frames that are all to be forwarded. */
export function goodFrames({ ports, wires }: Testbed, count: number): Uint8Array[] {
  const fields = {
    destinationMac: ports[0].mac,
    sourceMac: wires[0].mac,
    sourceIpv4: "198.18.0.1",
    destinationIpv4: "198.19.0.1",
    sourcePort: 1024,
    destinationPort: 2048,
  };
  return Array.from({ length: count }, (_, i) => ipv4Forward.measuring.build(fields, 64, 0, i));
}
