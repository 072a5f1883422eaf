/**
 * XDP's redirects between cards. Their drivers are stricter than veth: igb, as ixgbe and i40e,
 * sends a redirected frame only while its device has an XDP program of its own.
 */
import { join } from "node:path";
import { Guest, setUpGuestPackages } from "@iopath/lab/guest";
import { beforeAll, expect, it } from "vitest";
import { fourCards } from "./guest/four-cards.ts";

const program = join(import.meta.dirname, "guest/redirects-in-guest.ts");

interface Answer {
  readonly ports: string;
  readonly status: number;
  readonly said: string;
  readonly complaint: string;
}

let answers: readonly Answer[];
beforeAll(async () => {
  await setUpGuestPackages(() => {}, fourCards);
  using guest = await Guest.boot({ clock: "wall", machine: fourCards });
  let output = "";
  let error = "";
  const status = await guest.run([process.execPath, program], {
    limitMs: 550_000,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => (error += chunk),
  });
  expect({ status, error }, output).toEqual({ status: 0, error: "" });
  const lines = output.split("\n").filter((line) => line !== "");
  answers = lines.map((line) => JSON.parse(line) as Answer);
});

it.each([
  ["eth1,eth2", ["native"]],
  ["eth2,eth1", ["native", "native-devmap"]],
] as const)(
  "no frame is lost that a program redirects between cards: %s, %j",
  (ports, variants) => {
    const { status, said, complaint } = answers.find((answer) => answer.ports === ports)!;
    for (const variant of variants) expect(said).toContain(`xdp/${variant}  ok  300 frames in`);
    expect({ status, complaint }).toEqual({ status: 0, complaint: "" });
  },
);
