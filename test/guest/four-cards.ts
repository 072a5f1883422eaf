/** A guest with two wires between cards, as a host with a tester of its own has. */
import { type GuestMachine, igb } from "@iopath/lab/guest";

const card = (number: number, hub: number) => [
  ...["-netdev", `hubport,id=wire${number},hubid=${hub}`],
  ...["-device", `pcie-root-port,id=root${number},chassis=${number + 1},slot=${number + 1}`],
  ...["-device", `igb,bus=root${number},netdev=wire${number},mac=52:54:00:00:00:0${number + 1}`],
];

/**
 * Its first two cards are on one wire, the last two on another. A card spreads frames by their
 * hash.
 */
export const fourCards: GuestMachine = {
  ...igb,
  devices: [...igb.devices, ...card(1, 0), ...card(2, 1), ...card(3, 1)],
};
