/**
 * XDP's redirects between cards. Their drivers are stricter than veth: igb, as ixgbe and i40e,
 * sends a redirected frame only while its device has an XDP program of its own.
 */
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { answersOf, hookLimitMs } from "../packages/lab/test/guest/in-guest.ts";
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
  answers = await answersOf<Answer>(fourCards, program);
}, hookLimitMs);

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
