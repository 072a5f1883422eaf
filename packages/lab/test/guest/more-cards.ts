/** Guests with several cards, wired to each other. */
import { type GuestMachine, igb } from "../../src/guest/index.ts";

export interface Card {
  /** Cards on one wire hear each other. */
  readonly wire: number;
  /** QEMU's device and its properties; igb when not given. */
  readonly device?: string;
}

/** Machine `igb`, whose one card is on wire 0, with more cards. */
export function withMoreCards(...cards: readonly Card[]): GuestMachine {
  const more = cards.flatMap((card, i) => wordsOf(card, i + 1));
  return { ...igb, devices: [...igb.devices, ...more] };
}

function wordsOf({ wire, device = "igb" }: Card, number: number): readonly string[] {
  const mac = `52:54:00:00:00:0${number + 1}`;
  return [
    ...["-netdev", `hubport,id=wire${number},hubid=${wire}`],
    ...["-device", `pcie-root-port,id=root${number},chassis=${number + 1},slot=${number + 1}`],
    ...["-device", `${device},bus=root${number},netdev=wire${number},mac=${mac},romfile=`],
  ];
}
