import { expect, test } from "vitest";
import { guestMachines } from "../../src/guest/index.ts";

const withCards = guestMachines.filter(({ cards }) => cards !== undefined);

/** The hub of QEMU's that each card is on: eth0, eth1 and so on, as the kernel names them. */
function hubsOf(devices: readonly string[]): string[] {
  return devices.flatMap((word) => /^hubport,.*hubid=(\d+)/.exec(word)?.[1] ?? []);
}

test.each(withCards)("$name wires each port to the tester's card at the same end", (machine) => {
  const hubs = hubsOf(machine.devices);
  const hubOf = (name: string) => hubs[Number(name.slice("eth".length))];
  const { ports, tester } = machine.cards!;
  expect(ports.map(hubOf)).toEqual(tester.map(hubOf));
  expect(new Set(ports.map(hubOf)).size).toBe(2);
  expect(new Set([...ports, ...tester]).size).toBe(4);
});
