/** The devices of each variant: which drivers, on what, and who is at the other end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Device } from "./device.ts";
import { deviceTesters } from "./device-testers.ts";
import type { MakeDevices } from "./pmd-path.ts";
import { openTapTesters } from "./tap-testers.ts";

const needsRoot = "run as root, or with CAP_NET_ADMIN and CAP_NET_RAW";

/** A ring port's two ends are the same ring: what one transmits into it, the other receives. */
export const makeRings: MakeDevices = (make, pool) => {
  const ingress = make("net_ring");
  const egress = make("net_ring");
  return { ingress, egress, testers: deviceTesters(pool, ingress, egress) };
};

/** AF_PACKET with rings mapped (TPACKET_V2), past the queueing discipline as `packet-mmsg` is. */
export const makeAfPacket: MakeDevices = (make, _pool, [from, to]) => {
  const on = (device: string) =>
    make("net_af_packet", `iface=${device},qpairs=1,qdisc_bypass=1`, needsRoot);
  return { ingress: on(from.device), egress: on(to.device) };
};

/** AF_XDP in copy mode, as the path `xdp` uses it. */
export const makeAfXdp: MakeDevices = (make, _pool, [from, to]) => {
  const on = (device: string, queue: number) =>
    make(
      "net_af_xdp",
      `iface=${device},start_queue=${queue},queue_count=1,force_copy=1`,
      needsRoot,
    );
  return { ingress: on(from.device, from.queue), egress: on(to.device, to.queue) };
};

/** Two tap interfaces of the driver's own; the kernel's side of each is the wire. */
export const makeTaps: MakeDevices = (make, _pool, _ports, resources) => {
  const names = [0, 1].map((i) => `iopath-tap${i}`) as [string, string];
  const [ingress, egress] = names.map((name) => make("net_tap", `iface=${name}`, needsRoot)) as [
    Device,
    Device,
  ];
  return { ingress, egress, testers: openTapTesters(names, resources) };
};

const peerDeadlineMs = 3000;

/** Shared memory between the forwarder, who serves, and the tester, who connects. */
export const makeMemif: MakeDevices = (make, pool) => {
  const connect = (wire: number) => {
    const socket = `socket=iopath-${process.pid}-${serial++},socket-abstract=yes,id=${wire}`;
    const ours = make("net_memif", `role=server,${socket}`);
    const theirs = make("net_memif", `role=client,${socket}`);
    waitForPeer(ours, "memif");
    waitForPeer(theirs, "memif");
    return [ours, theirs] as const;
  };
  const [ingress, into] = connect(0);
  const [egress, outOf] = connect(1);
  return { ingress, egress, testers: deviceTesters(pool, into, outOf) };
};

let serial = 0;

/** The forwarder in a virtual machine's place (virtio), the tester in its host's (vhost-user). */
export const makeVirtio: MakeDevices = (make, pool) => {
  const folder = mkdtempSync(join(tmpdir(), "iopath-vhost-"));
  try {
    const connect = (wire: number) => {
      const socket = join(folder, String(wire));
      const theirs = make("net_vhost", `iface=${socket},queues=1`);
      const ours = make("net_virtio_user", `path=${socket},queues=1,queue_size=1024`);
      waitForPeer(theirs, "vhost");
      return [ours, theirs] as const;
    };
    const [ingress, into] = connect(0);
    const [egress, outOf] = connect(1);
    return { ingress, egress, testers: deviceTesters(pool, into, outOf) };
  } finally {
    rmSync(folder, { recursive: true, force: true }); // a connection needs no name any more
  }
};

/** Peers meet in a thread of DPDK's, in their own time. @throws IopathError when one never comes */
export function waitForPeer(device: Device, what: string, deadlineMs = peerDeadlineMs): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const giveUpAt = performance.now() + deadlineMs;
  while (!device.isUp()) {
    if (performance.now() > giveUpAt) {
      const message = `the ${what} peer of ${device.name} did not come within ${deadlineMs} ms`;
      const remedy = "start the other end, with the same socket, before this one gives up";
      throw new IopathError(ExitStatus.cannotRun, message, { remedy });
    }
    Atomics.wait(sleeper, 0, 0, 1);
  }
}
