/** A form of the path on veth ports with a tester around it, also one that is no variant. */

import {
  type OpenPath,
  openForwarder,
  type Path,
  type Subject,
  type Workload,
} from "@iopath/contract";
import { buildWindows, openVerifyingTester } from "@iopath/harness/testers";
import type { Testbed } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";

export function openSubject(
  testbed: Testbed,
  open: (ports: Testbed["ports"]) => OpenPath,
  workload: Workload = ipv4Forward,
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
      openForwarder(path, "", testbed.ports, { burst: 64, workload }),
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
export function goodFrames(testbed: Testbed, count: number): readonly Uint8Array[] {
  return buildWindows(ipv4Forward, testbed, 64, count)[0]!;
}
