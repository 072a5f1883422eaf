/** A variant whose ports need no network device, as the subject of a law. */

import { openForwarder, type PortSpec, type Subject, type Workload } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import type { OpenedPmd } from "../src/opened.ts";
import { userspacePmd } from "../src/path.ts";

export const ports: readonly [PortSpec, PortSpec] = [
  {
    device: "port0",
    queue: 0,
    mac: "02:00:00:00:00:01",
    ipv4: "10.0.1.1",
    neighbor: { mac: "02:00:00:00:00:02", ipv4: "10.0.1.2" },
  },
  {
    device: "port1",
    queue: 0,
    mac: "02:00:00:00:00:03",
    ipv4: "10.0.2.1",
    neighbor: { mac: "02:00:00:00:00:04", ipv4: "10.0.2.2" },
  },
];

/** The conformance test has more of them. */
const steadyFrames = 10_000;

interface PmdSubject extends Subject, Disposable {
  readonly opened: OpenedPmd;
}

export function openSubject(
  variant: string,
  { burst = 64, workload = ipv4Forward }: { burst?: number; workload?: Workload } = {},
): PmdSubject {
  using opening = new DisposableStack();
  const forwarder = opening.use(openForwarder(userspacePmd, variant, ports, { burst, workload }));
  const opened = forwarder.path as OpenedPmd;
  const tester = opening.use(opened.testers!.verifying());
  const resources = opening.move();
  return {
    forwarder,
    opened,
    ingress: ports[0],
    egress: ports[1],
    steadyFrames,
    send: tester.send,
    collect: tester.collect,
    [Symbol.dispose]: () => resources.dispose(),
  };
}
