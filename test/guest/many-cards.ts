/**
 * A guest with four wires between cards. As on a host with a tester of its own, eth0 and eth1 are
 * on one wire, eth2 and eth3 on another, all of them igb. The forwarder's eth4 is virtio-net and
 * its eth5 vmxnet3, each on a wire with an e1000e, eth6 and eth7. A card of igb spreads frames by
 * their hash.
 */
import type { GuestMachine } from "@iopath/lab/guest";
import { virtioNet } from "../../packages/lab/src/guest/machines/four-cards.ts";
import { type Card, withMoreCards } from "../../packages/lab/test/guest/more-cards.ts";

const others: readonly Card[] = [
  { device: virtioNet, wire: 2 },
  { device: "vmxnet3", wire: 3 },
  { device: "e1000e", wire: 2 },
  { device: "e1000e", wire: 3 },
];
const machine = withMoreCards({ wire: 0 }, { wire: 1 }, { wire: 1 }, ...others);

/** The kernel names cards as their drivers come: those of igb first. */
export const manyCards: GuestMachine = {
  ...machine,
  modules: [...machine.modules, "virtio_net", "vmxnet3", "e1000e"],
};
