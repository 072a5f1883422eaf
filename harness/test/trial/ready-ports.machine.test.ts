/** Frames that a verify pass hides from the kernel's stack on shared ports. */
import type { PortSpec } from "@iopath/contract";
import { Namespace, type Testbed } from "@iopath/lab";
import { inNamespace, interfaceIndex, tcxPrograms } from "@iopath/native";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findPath } from "../../src/paths/all.ts";
import { readyPorts } from "../../src/trial/ready-ports.ts";
import type { TrialRequest } from "../../src/trial/request.ts";

let namespace: Namespace;
beforeAll(() => {
  namespace = new Namespace("shared");
  for (const end of [0, 1]) {
    namespace.ip("link", "add", `p${end}`, "type", "veth", "peer", "name", `t${end}`);
  }
});
afterAll(() => namespace[Symbol.dispose]());

const end = (device: string) => ({ device, mac: "02:00:00:00:00:01", ipv4: "" });
const port = (device: string): PortSpec => ({ ...end(device), queue: 0, neighbor: end("") });

/** Programs at the ingress of `devices` while a verify pass runs between these ports. */
function keptWith(ports: readonly [string, string], path: string, variant: string) {
  const testbed: Testbed = {
    class: "emulated",
    ...{ shared: true, forwarderNamespace: namespace.name, testerNamespace: namespace.name },
    ports: [port(ports[0]), port(ports[1])],
    wires: [end("t0"), end("t1")],
  };
  const request = { testbed, role: "verify", path, variant } as unknown as TrialRequest;
  using _kept = readyPorts(request, findPath(path));
  return inNamespace(namespace.name, () =>
    ["p0", "p1", "t0", "t1"].filter(
      (name) => tcxPrograms(interfaceIndex(name), "ingress").length > 0,
    ),
  );
}

it("copies of frames are kept from the kernel where a socket receives, and at the tester", () => {
  expect(keptWith(["p0", "p1"], "kernel-sockets", "packet-mmsg")).toEqual(["p0", "t0", "t1"]);
});

it("the kernel gets no copies from a card that it does not drive", () => {
  const functions = ["0000:01:10.0", "0000:01:10.2"] as const;
  expect(keptWith(functions, "userspace-pmd", "pci")).toEqual(["t0", "t1"]);
});
