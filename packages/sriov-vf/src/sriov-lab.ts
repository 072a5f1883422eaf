/**
 * A lab of four virtual functions of one card. Its internal switch is the wire: a frame goes to the
 * function whose MAC address it names.
 *
 *     tester namespace                            no driver
 *     tester0  function 2  ......02  ── switch ──  port 0  function 0  ......01   ingress
 *     tester1  function 3  ......04  ── switch ──  port 1  function 1  ......03   egress
 */
import { writeFileSync } from "node:fs";
import type { PortSpec } from "@iopath/contract";
import {
  bindKernelDriver,
  deleteOrphanNamespaces,
  ip,
  Namespace,
  netdevOf,
  type Place,
  type WireEnd,
} from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { awaitLink, VirtualFunctions } from "./physical-function.ts";

const wires: readonly [WireEnd, WireEnd] = [
  { device: "tester0", mac: "02:00:00:00:00:02", ipv4: "10.0.1.2" },
  { device: "tester1", mac: "02:00:00:00:00:04", ipv4: "10.0.2.2" },
];
const portMacs = ["02:00:00:00:00:01", "02:00:00:00:00:03"] as const;

export interface SriovLabOptions {
  /** The physical function's network device. */
  readonly card: string;
  readonly emulated: boolean;
}

/** Made by the constructor, unmade by `using`, and by the end of the process at the latest. */
export class SriovLab implements Disposable {
  /** Its ports are named by PCI address, and no driver has them. */
  readonly place: Place;
  readonly #resources: DisposableStack;
  readonly #unmakeAtExit = () => this[Symbol.dispose]();

  constructor({ card, emulated }: SriovLabOptions) {
    deleteOrphanNamespaces();
    using undo = new DisposableStack();
    const macs = [...portMacs, ...wires.map(({ mac }) => mac)];
    const functions = undo.use(
      new VirtualFunctions(
        card,
        macs.map((mac) => ({ mac })),
      ),
    );
    const tester = undo.use(new Namespace("tester"));
    const [in0, out1, ...far] = functions.addresses;
    for (const end of [0, 1] as const) {
      undo.use(bindKernelDriver(far[end]!));
      moveInto(tester, far[end]!, wires[end]);
    }
    for (const { device } of wires) awaitLink(device, tester.name);
    this.place = {
      name: emulated ? "guest" : "hardware",
      class: emulated ? "emulated" : "hardware",
      testerNamespace: tester.name,
      ports: [port(in0!, portMacs[0], "10.0.1.1", 0), port(out1!, portMacs[1], "10.0.2.1", 1)],
      wires,
      limits: { shortestFrameBytes: 60, dropsVlanTagged: true, dropsBrokenIp: emulated },
    };
    this.#resources = undo.move();
    process.on("exit", this.#unmakeAtExit);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#unmakeAtExit);
    this.#resources.dispose();
  }
}

function port(device: string, mac: string, ipv4: string, end: 0 | 1): PortSpec {
  return { device, queue: 0, mac, ipv4, neighbor: wires[end] };
}

/** Renames the network device of a function, and moves it into the tester's namespace, quiet and up. */
function moveInto({ name }: Namespace, address: string, wire: WireEnd): void {
  ip("link", "set", netdevOf(address), "netns", name, "name", wire.device);
  inNamespace(name, () => {
    writeFileSync(`/proc/sys/net/ipv6/conf/${wire.device}/disable_ipv6`, "1");
  });
  ip("-n", name, "link", "set", wire.device, "up");
}
