/**
 * memif: frames in shared memory between two parties, who meet at a socket. Both parties in one
 * process for the closed loop, a process each for the open one.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { poll, sleepSync } from "@iopath/lab";
import { AF_UNIX, readIfThere, SOCK_DGRAM, Socket } from "@iopath/native";
import type { Device } from "./device.ts";
import { deviceTesters } from "./device-testers.ts";
import { peerLimitMs, waitForPeer } from "./devices.ts";
import type { MakeDevices } from "./pmd-path.ts";

/** The link is up a little before its rings are. */
const connectionSettleMs = 50;

const roleOn = (role: "server" | "client", socket: string) =>
  `role=${role},socket=${socket},socket-abstract=yes`;

/**
 * Shared memory. On each wire the one who sends is memif's client: a client's own buffers are there
 * from the start, a server sends into those that its client has offered by polling.
 */
export const makeMemif: MakeDevices = (make, pool, _ports, resources) => {
  // When one end is closed, DPDK's interrupt thread takes the connection down at the other; closed
  // at the same moment, that other end is freed under it (seen as a segmentation fault, one close
  // in some hundred).
  const settle = () => resources.defer(letConnectionsGo);
  const connect = () => {
    const socket = `iopath-${process.pid}-${serial++}`;
    const receiver = make("net_memif", roleOn("server", socket));
    settle();
    const sender = make("net_memif", roleOn("client", socket));
    settle();
    for (const device of [receiver, sender]) waitForPeer(device, "memif");
    sleepSync(connectionSettleMs);
    return { receiver, sender };
  };
  const first = connect();
  const second = connect();
  return {
    ingress: first.receiver,
    egress: second.sender,
    testers: deviceTesters(pool, first.sender, second.receiver),
  };
};

let serial = 0;

/** Of the wire into the forwarder, and of that out of it. */
const socketsAt = (meetingAt: string) => [`${meetingAt}-in`, `${meetingAt}-out`] as const;

type Make = (driver: string, text: string) => Device;

/** The forwarder's ends, when the tester is another process. */
export function makeMemifApart(meetingAt: string): MakeDevices {
  const [into, outOf] = socketsAt(meetingAt);
  return (make, _pool, _ports, resources) => {
    const [ingress, egress] = meet(make, { served: into, joined: outOf }, resources);
    return { ingress, egress };
  };
}

/** That tester's. */
export function makeMemifFarEnds(make: Make, meetingAt: string, resources: DisposableStack) {
  const [into, outOf] = socketsAt(meetingAt);
  const [receiver, sender] = meet(make, { served: outOf, joined: into }, resources);
  return { into: sender, outOf: receiver };
}

/** A server on one socket, and a client on the other's: both processes do this at the same time. */
function meet(
  make: Make,
  { served, joined }: { readonly served: string; readonly joined: string },
  resources: DisposableStack,
): readonly [receiver: Device, sender: Device] {
  const receiver = make("net_memif", roleOn("server", served));
  resources.use(sayStarted(served));
  awaitStarted(joined);
  const sender = make("net_memif", roleOn("client", joined));
  for (const device of [receiver, sender]) waitForPeer(device, "memif");
  sleepSync(connectionSettleMs);
  return [receiver, sender];
}

/** When a party has gone, DPDK's own thread takes the connection down: a device waits for that. */
export function letConnectionsGo(): void {
  sleepSync(connectionSettleMs);
}

/**
 * A client tries once. A server listens when it is made, and sends away who comes before it is
 * started: that it is, a name beside its socket's says.
 */
const nameOfStarted = (socket: string) => `${socket}-started`;

function sayStarted(socket: string): Disposable {
  const name = new Socket(AF_UNIX, SOCK_DGRAM, 0, "a name for those who wait");
  name.bindAbstract(nameOfStarted(socket));
  return name;
}

/** @throws IopathError when nobody serves a socket within half a minute */
function awaitStarted(socket: string): void {
  if (poll(peerLimitMs, 1, () => isThere(nameOfStarted(socket)) || undefined)) return;
  const message = `nobody serves the memif socket @${socket} after ${peerLimitMs} ms`;
  const remedy = "start the other end, with the same socket and in the same network namespace";
  throw new IopathError(ExitStatus.cannotRun, message, { remedy });
}

/** Names begin with @ where they are no files': proc_net(5). */
function isThere(name: string): boolean {
  const sockets = readIfThere("/proc/thread-self/net/unix") ?? "";
  return sockets.split("\n").some((line) => line.endsWith(` @${name}`));
}
