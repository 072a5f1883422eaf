/** The worked example of docs/write-a-path.md: UDP sockets with one system call per frame. */
import {
  egressUdpPort,
  ingressUdpPort,
  type OpenOptions,
  type Path,
  type PolledPath,
  type PortSpec,
  probeByOpening,
  type Support,
  type Workload,
} from "@iopath/contract";
import { AF_INET, mapAnonymous, SOCK_DGRAM, Socket } from "@iopath/native";
import { FrameEgress, FrameIngress, slotBytes, slotRoom } from "./ports.ts";

const socketBufferBytes = 8 << 20;

type Ports = readonly [PortSpec, PortSpec];

function open(_variant: string, [from, to]: Ports, { burst }: OpenOptions): PolledPath {
  using opening = new DisposableStack();
  const receiver = opening.use(new Socket(AF_INET, SOCK_DGRAM, 0, `UDP socket on ${from.device}`));
  receiver.setBuffers(socketBufferBytes);
  receiver.bindInet(from.ipv4, ingressUdpPort);
  const sender = opening.use(new Socket(AF_INET, SOCK_DGRAM, 0, `UDP socket on ${to.device}`));
  sender.setBuffers(socketBufferBytes);
  sender.connectInet(to.neighbor.ipv4, egressUdpPort);
  const memory = opening.use(mapAnonymous(burst * slotBytes));
  const ingress = new FrameIngress(receiver, memory);
  const egress = new FrameEgress(sender, memory);
  const resources = opening.move(); // nothing threw: they are the path's now
  return {
    kind: "polled",
    memory: memory.u8,
    ingress,
    egress,
    room: slotRoom,
    counters: () => ({
      received: ingress.received,
      sent: egress.sent,
      unsent: egress.unsent,
      syscalls: ingress.syscalls + egress.syscalls,
      wakeups: 0,
    }),
    [Symbol.dispose]: () => resources.dispose(),
  };
}

const usualRemedy = "run as root, or with CAP_NET_ADMIN";

function probe(variant: string, ports: Ports, workload: Workload): Support {
  return probeByOpening({ open }, variant, ports, workload, usualRemedy);
}

export const sixthPath: Path = {
  name: "sixth-path",
  variants: [
    {
      name: "udp-frame",
      kind: "polled",
      carrier: "udp",
      summary: "UDP sockets, recvfrom and sendto, one system call per frame",
    },
  ],
  probe,
  open,
};
