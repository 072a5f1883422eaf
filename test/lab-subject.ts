/** A path on real veth ports as the subject of a law, tester and forwarder in this very process. */

import { openForwarder, type Path, type Subject, type Workload } from "@iopath/contract";
import { openVerifyingTester } from "@iopath/harness/testers";
import type { Testbed } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";

export function openSubject(
  testbed: Testbed,
  path: Path,
  variant: string,
  workload: Workload = ipv4Forward,
): Subject & Disposable {
  using opening = new DisposableStack();
  const { carrier, deviations } = path.variants.find(({ name }) => name === variant)!;
  const forwarder = opening.use(
    inNamespace(testbed.forwarderNamespace, () =>
      openForwarder(path, variant, testbed.ports, { burst: 64, workload }),
    ),
  );
  const { path: opened } = forwarder;
  const own = opened.kind === "polled" ? opened.testers?.verifying() : undefined;
  const tester = opening.use(own ?? openVerifyingTester(testbed, carrier));
  const resources = opening.move();
  return {
    forwarder,
    ingress: testbed.ports[0],
    egress: testbed.ports[1],
    ...(deviations ? { deviations } : {}),
    send: tester.send,
    collect: tester.collect,
    [Symbol.dispose]: () => resources.dispose(),
  };
}
