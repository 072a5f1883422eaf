/**
 * The lab of a guest whose network interfaces are cards, wired to each other by its machine. The
 * forwarder's stay in the first namespace, since a card that DPDK gives back comes there; the
 * tester's get one of their own.
 *
 *     tester namespace                         the guest's first namespace
 *     tester0  10.0.1.2  ── wire ──  port0  10.0.1.1   ingress
 *     tester1  10.0.2.2  ── wire ──  port1  10.0.2.1   egress
 */
import { writeFileSync } from "node:fs";
import type { PortSpec } from "@iopath/contract";
import { inNamespace } from "@iopath/native";
import { ip } from "./command.ts";
import type { Cards } from "./guest/machine.ts";
import { findTestbed } from "./interfaces.ts";
import { addressPort, mtuBytes, portEnds, quieten, testerEnds } from "./lab-ends.ts";
import { Namespace } from "./namespace.ts";
import type { Testbed, WireEnd } from "./testbed.ts";

/** What DPDK's drivers of cards want: 128 MiB in pages of 2 MiB. */
const hugePages = "64";

/** For a guest alone: it takes the cards, and settings of the whole machine. */
export class CardsLab implements Disposable {
  readonly testbed: Testbed;
  readonly #resources: DisposableStack;

  /** @throws IopathError where a card is not there, or has no link in time */
  constructor(cards: Cards) {
    using undo = new DisposableStack();
    writeFileSync("/proc/sys/vm/nr_hugepages", hugePages);
    quieten();
    const tester = undo.use(new Namespace("tester"));
    inNamespace(tester.name, quieten);
    for (const end of [0, 1] as const) {
      const { device } = testerEnds[end];
      ip("link", "set", cards.tester[end], "netns", tester.name, "name", device);
      const inTester = (...args: string[]) => tester.ip(...args);
      bringUp(inTester, device);
      ip("link", "set", cards.ports[end], "name", portEnds[end].device);
      bringUp(ip, portEnds[end].device);
    }
    const wired = findTestbed({
      ports: [portEnds[0].device, portEnds[1].device],
      tester: [testerEnds[0].device, testerEnds[1].device],
      testerNamespace: tester.name,
    });
    this.testbed = addressed(wired);
    this.#resources = undo.move();
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

function bringUp(ip: (...args: string[]) => string, device: string): void {
  ip("link", "set", device, "mtu", String(mtuBytes), "up");
}

/** The same cards with addresses, as those of a lab: nobody else's frames come by them. */
function addressed(wired: Testbed): Testbed {
  const wireAt = (end: 0 | 1): WireEnd => ({ ...wired.wires[end], ipv4: testerEnds[end].ipv4 });
  const wires = [wireAt(0), wireAt(1)] as const;
  const portAt = (end: 0 | 1): PortSpec => {
    addressPort(ip, portEnds[end], wires[end]);
    return { ...wired.ports[end], ipv4: portEnds[end].ipv4, neighbor: wires[end] };
  };
  return { ...wired, ports: [portAt(0), portAt(1)], wires, class: "emulated", shared: false };
}
