/** All machines that a guest can be. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { GuestMachine } from "../machine.ts";
import { e1000e, igbCards, virtio, vmxnet3 } from "./four-cards.ts";
import { igb } from "./igb.ts";
import { connectedPvrdma, pvrdma } from "./pvrdma.ts";
import { virtioSriov } from "./virtio-sriov.ts";

export { connectedPvrdma, e1000e, igb, igbCards, pvrdma, virtio, virtioSriov, vmxnet3 };

/** The first one is the default. */
export const guestMachines: readonly [GuestMachine, ...GuestMachine[]] = [
  ...([igb, pvrdma, virtioSriov] as const),
  virtio,
  vmxnet3,
  e1000e,
  igbCards,
];

/** @throws IopathError, exit status 3, that names those there are */
export function findGuestMachine(name: string): GuestMachine {
  const machine = guestMachines.find((candidate) => candidate.name === name);
  if (machine) return machine;
  const known = guestMachines.map((candidate) => candidate.name).join(", ");
  throw new IopathError(ExitStatus.usage, `no guest machine named ${name}`, {
    remedy: `machines are ${known}`,
  });
}
