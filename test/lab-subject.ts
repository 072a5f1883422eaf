/** A path on real veth ports as the subject of a law, tester and forwarder in this very process. */
import { openForwarder, type Path, type Subject } from "@iopath/contract";
import { openVerifyingTester } from "@iopath/harness/testers";
import type { Place } from "@iopath/lab";
import { inNamespace } from "@iopath/native";

export function openSubject(place: Place, path: Path, variant: string): Subject & Disposable {
  using opening = new DisposableStack();
  const { carrier, deviations } = path.variants.find(({ name }) => name === variant)!;
  const forwarder = opening.use(
    inNamespace(place.forwarderNamespace, () =>
      openForwarder(path, variant, place.ports, { burst: 64 }),
    ),
  );
  const { path: opened } = forwarder;
  const own = opened.kind === "polled" ? opened.testers?.verifying() : undefined;
  const tester = opening.use(own ?? openVerifyingTester(place, carrier));
  const resources = opening.move();
  return {
    forwarder,
    ingress: place.ports[0],
    egress: place.ports[1],
    ...(deviations ? { deviations } : {}),
    send: tester.send,
    collect: tester.collect,
    [Symbol.dispose]: () => resources.dispose(),
  };
}
