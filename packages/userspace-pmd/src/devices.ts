/** The devices of each variant: which drivers, on what, and who is at the other end. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { KeptPort, poll } from "@iopath/lab";
import type { Device } from "./device.ts";
import { deviceTesters } from "./device-testers.ts";
import { LeakedDescriptors } from "./leaked-descriptors.ts";
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
export const makeAfPacket: MakeDevices = (make, _pool, [from, to], resources) => {
  for (const { device } of [from, to]) resources.use(new KeptPort(device));
  const on = (device: string) =>
    make("net_af_packet", `iface=${device},qpairs=1,qdisc_bypass=1`, needsRoot);
  return { ingress: on(from.device), egress: on(to.device) };
};

/**
 * AF_XDP in copy mode, as the path `xdp` uses it. DPDK's driver, when closed, frees neither the
 * mbufs of its fill ring nor those of its completion ring (xdp_umem_destroy in rte_eth_af_xdp.c,
 * 22.11).
 */
export const makeAfXdp: MakeDevices = (make, _pool, [from, to], resources) => {
  for (const { device } of [from, to]) resources.use(new KeptPort(device));
  // The kernel lets go of a queue later than of its socket; until then the next bind is EBUSY.
  const leaked = resources.use(new LeakedDescriptors(250));
  const on = (device: string, queue: number) =>
    make(
      "net_af_xdp",
      `iface=${device},start_queue=${queue},queue_count=1,force_copy=1`,
      needsRoot,
    );
  const ingress = on(from.device, from.queue);
  const egress = on(to.device, to.queue);
  leaked.opened();
  resources.defer(() => leaked.closing());
  return { ingress, egress, keepsPosted: true };
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

/** Ends a wait for a peer that never comes; on a busy machine one takes seconds. */
export const peerLimitMs = 30_000;

/** The forwarder in a virtual machine's place (virtio), the tester in its host's (vhost-user). */
export const makeVirtio: MakeDevices = (make, pool) => {
  const folder = mkdtempSync(join(tmpdir(), "iopath-vhost-"));
  try {
    // Both listen before either connects: vhost looks for new listeners once a second.
    const sockets = [join(folder, "0"), join(folder, "1")] as const;
    const [into, outOf] = sockets.map((path) => make("net_vhost", `iface=${path},queues=1`));
    const [ingress, egress] = sockets.map((path) =>
      make("net_virtio_user", `path=${path},queues=1,queue_size=1024`),
    );
    for (const device of [into!, outOf!]) waitForPeer(device, "vhost");
    return { ingress: ingress!, egress: egress!, testers: deviceTesters(pool, into!, outOf!) };
  } finally {
    rmSync(folder, { recursive: true, force: true }); // a connection needs no name any more
  }
};

/** Peers meet in a thread of DPDK's, in their own time. @throws IopathError when one never comes */
export function waitForPeer(device: Device, what: string, limitMs = peerLimitMs): void {
  if (poll(limitMs, 1, () => device.isUp() || undefined)) return;
  const message = `the ${what} peer of ${device.name} did not come within ${limitMs} ms`;
  const remedy = "start the other end, with the same socket, before this one gives up";
  throw new IopathError(ExitStatus.cannotRun, message, { remedy });
}
