/** Guests with several cards, wired to each other. */
import { type GuestMachine, igb } from "../../src/guest/index.ts";

/**
 * Machine `igb`, whose one card is on wire 0, with more cards of its kind.
 *
 * @param wires the wire of each further card; cards on one wire hear each other
 */
export function withMoreCards(...wires: readonly number[]): GuestMachine {
  const more = wires.flatMap((wire, i) => card(i + 1, wire));
  return { ...igb, devices: [...igb.devices, ...more] };
}

function card(number: number, wire: number): readonly string[] {
  const mac = `52:54:00:00:00:0${number + 1}`;
  return [
    ...["-netdev", `hubport,id=wire${number},hubid=${wire}`],
    ...["-device", `pcie-root-port,id=root${number},chassis=${number + 1},slot=${number + 1}`],
    ...["-device", `igb,bus=root${number},netdev=wire${number},mac=${mac}`],
  ];
}
