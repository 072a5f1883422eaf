/**
 * Testbeds whose ports are verbs devices. A port and the far end of the other port's wire are at
 * the same device, so that one device is enough, and two are a wire each way.
 */
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { type Class, ExitStatus, IopathError, type PortSpec } from "@iopath/contract";
import { atExit, ip, poll, run, type Testbed, type WireEnd } from "@iopath/lab";
import { linkIfThere, readIfThere } from "@iopath/native";
import { parseDeviceName } from "./device-name.ts";

const settleMs = 10_000;
const stepMs = 20;

/**
 * Frames are messages: who they are addressed to is written in them, and read by nobody on the way.
 */
const macs = ["02:00:00:00:00:01", "02:00:00:00:00:03"] as const;
const farMacs = ["02:00:00:00:00:02", "02:00:00:00:00:04"] as const;

/** @param devices of port 0 and port 1: the same one twice, or two that reach each other */
export function verbsTestbed(devices: readonly [string, string], kind: Class): Testbed {
  const [first, second] = devices;
  const wires: readonly [WireEnd, WireEnd] = [
    { device: second, mac: farMacs[0], ipv4: "" },
    { device: first, mac: farMacs[1], ipv4: "" },
  ];
  const port = (end: 0 | 1): PortSpec => ({
    device: devices[end],
    queue: 0,
    mac: macs[end],
    ipv4: "",
    neighbor: wires[end],
  });
  return { class: kind, ports: [port(0), port(1)], wires };
}

/** A device that no bus has is the kernel's; VMware's and QEMU's is a hypervisor's. */
export function classOfDevices(names: readonly string[]): Class {
  const ofCards = names.map(parseDeviceName).every(({ device }) => {
    const driver = linkIfThere(`/sys/class/infiniband/${device}/device/driver`);
    return driver !== undefined && basename(driver) !== "vmw_pvrdma";
  });
  return ofCards ? "hardware" : "virtual";
}

/**
 * Waits until a device's port is active and has a GID, as it gets one some time after its link is
 * up.
 */
function awaitPort(name: string): void {
  const { device, port } = parseDeviceName(name);
  const at = `/sys/class/infiniband/${device}/ports/${port}`;
  const state = () => valueAt(`${at}/state`) ?? "no such device";
  const gid = () => valueAt(`${at}/gids/0`) ?? "";
  const isReady = () => state().endsWith("ACTIVE") && /[1-9a-f]/.test(gid());
  if (poll(settleMs, stepMs, () => isReady() || undefined)) return;
  const what = `port ${port} of ${device} is "${state()}", its first GID "${gid()}"`;
  throw new IopathError(ExitStatus.cannotRun, `${what} after ${settleMs / 1000} s`, {
    remedy: "bring its network device up and give it an address",
  });
}

/** A port that is coming up may not answer yet. */
function valueAt(path: string): string | undefined {
  return readIfThere(path, "EINVAL", "EIO", "EAGAIN")?.trim();
}

const softDevices = ["rxe0", "rxe1"] as const;
const links = ["roce0", "roce1"] as const;
/**
 * RoCE takes the largest MTU of InfiniBand that fits below its headers: 4096, enough for a whole
 * frame.
 */
const linkMtu = "4200";

/** Soft RoCE: the kernel's own RDMA over a veth pair, both ends in one namespace. */
export class SoftRoceLab implements Disposable {
  readonly testbed: Testbed;
  readonly #resources: DisposableStack;
  readonly #atExit: Disposable;

  /** @throws IopathError without root, without rdma(8), or where the kernel has no rdma_rxe */
  constructor() {
    using undo = new DisposableStack();
    const mtu = ["mtu", linkMtu];
    ip("link", "add", links[0], ...mtu, "type", "veth", "peer", "name", links[1], ...mtu);
    undo.defer(() => ip("link", "delete", links[0]));
    for (const [i, link] of links.entries()) {
      // Both ends are this host's, and a datagram from an address of one's own is not to be
      // dropped.
      setSysctl(`ipv4/conf/${link}/accept_local`, "1");
      setSysctl(`ipv4/conf/${link}/rp_filter`, "0");
      ip("address", "add", `10.0.3.${i + 1}/24`, "dev", link);
      ip("link", "set", link, "up");
      run("rdma", ["link", "add", softDevices[i]!, "type", "rxe", "netdev", link]);
      undo.defer(() => run("rdma", ["link", "delete", softDevices[i]!]));
    }
    for (const device of softDevices) awaitPort(device);
    this.testbed = verbsTestbed(softDevices, "emulated");
    this.#resources = undo.move();
    this.#atExit = atExit(() => this[Symbol.dispose]());
  }

  [Symbol.dispose](): void {
    this.#atExit[Symbol.dispose]();
    this.#resources.dispose();
  }
}

function setSysctl(path: string, value: string): void {
  writeFileSync(`/proc/sys/net/${path}`, value);
}

/** The only device of the guest's machine `pvrdma`. */
const paravirtualDevice = "vmw_pvrdma0";

/** @throws IopathError where the guest has no such device, or its port does not come up */
export function paravirtualTestbed(): Testbed {
  awaitPort(paravirtualDevice);
  return verbsTestbed([paravirtualDevice, paravirtualDevice], "emulated");
}
