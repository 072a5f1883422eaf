/**
 * Two machines in namespaces of the test's own: interfaces of a user's, and what is said of them.
 */
import { writeFileSync } from "node:fs";
import { inNamespace } from "@iopath/native";
import { findPorts, type Interfaces, Namespace, type PortWants } from "../src/index.ts";

/** A host with ports p0 and p1, wired to t0 and t1 of a tester, and an uplink up0. */
export class UserPorts implements Disposable {
  readonly host = new Namespace("host");
  readonly tester = new Namespace("bench");
  /** What undoes the changes of a test. */
  readonly #undos: (() => void)[] = [];

  constructor() {
    const { host, tester } = this;
    this.setSysctl("ipv4/ip_forward", "0");
    for (const end of [0, 1]) {
      const peer = ["type", "veth", "peer", "name", `t${end}`, "netns", tester.name];
      host.ip("link", "add", `p${end}`, ...peer);
      tester.ip("link", "set", `t${end}`, "up");
    }
    host.ip("link", "add", "up0", "type", "veth", "peer", "name", "net0");
    for (const name of ["p0", "p1", "up0", "net0", "lo"]) host.ip("link", "set", name, "up");
    host.ip("address", "add", "192.0.2.2/24", "dev", "up0");
    host.ip("address", "add", "198.51.100.2/24", "dev", "p0");
    host.ip("route", "add", "default", "via", "192.0.2.1", "dev", "up0");
  }

  setSysctl(path: string, value: string): void {
    inNamespace(this.host.name, () => {
      writeFileSync(`/proc/sys/net/${path}`, value, { flag: "r+" });
    });
  }

  /** Runs ip(8) on the host; the second command, or function, is run by `undo`. */
  change(command: string, undo: string | (() => void)): void {
    this.host.ip(...command.split(" "));
    this.later(typeof undo === "string" ? () => this.host.ip(...undo.split(" ")) : undo);
  }

  later(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** Undoes the changes of a test, the last one first. */
  undo(): void {
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }

  both(): Interfaces {
    return { ports: ["p0", "p1"], tester: ["t0", "t1"], testerNamespace: this.tester.name };
  }

  /** Asks as a run does; the notes, or all that is said where it is refused. */
  ask(interfaces: Partial<Interfaces> = {}, wants: PortWants = {}) {
    try {
      const asked = { ...this.both(), ...interfaces };
      const { notes } = inNamespace(this.host.name, () => findPorts(asked, wants));
      return { status: 0, said: "", notes: [...notes] };
    } catch (error) {
      const { exitStatus, message, remedy } = error as Error & {
        readonly exitStatus: number;
        readonly remedy: string;
      };
      return { status: exitStatus, said: `${message}\n${remedy}`, notes: [] };
    }
  }

  [Symbol.dispose](): void {
    this.undo();
    this.host[Symbol.dispose]();
    this.tester[Symbol.dispose]();
  }
}
