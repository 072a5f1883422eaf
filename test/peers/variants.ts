/**
 * `npm run bench:variants`: what one variant brings against another, both alive in one process and
 * measured in alternation, window by window, so that differences of some per cent show.
 * Prints the second's time divided by the first's.
 *
 *     npm run bench:variants -- [REPETITIONS [FIRST SECOND [WINDOW [FLOWS [FRAME_BYTES]]]]]
 *
 * FIRST and SECOND are written as path/variant. Without them: the pairs that the packages' pages
 * speak of.
 */
import { findPath, findVariant } from "@iopath/harness";
import { describeHolders, lockMachine } from "@iopath/lab";
import { type Comparison, compareAll } from "./alternate.ts";

const [repetitionsText = "3", first, second, ...numbers] = process.argv.slice(2);
const [window = 64, flows = 1, frameBytes = 64] = numbers.map(Number);

function side(name: string) {
  const [path = "", variant = ""] = name.split("/");
  findVariant(findPath(path), variant);
  return { path, variant };
}

function against(
  firstName: string,
  secondName: string,
  more: Partial<Comparison> = {},
): Comparison {
  return { sides: [side(firstName), side(secondName)], window: 64, ...more };
}

const sockets = (variant: string) => `kernel-sockets/${variant}`;
const xsk = (variant: string) => `xdp/${variant}`;

const ofThePages: readonly Comparison[] = [
  ...[64, 1].flatMap((window) => [
    against(sockets("io-uring"), sockets("packet-mmsg"), { window }),
    against(sockets("packet-ring"), sockets("packet-mmsg"), { window }),
  ]),
  ...[1, 1000].map((flows) => against(sockets("udp-gso"), sockets("udp-mmsg"), { flows, goal: 2 })),
  ...["af-xdp-budget-32", "af-xdp-always-kick", "af-xdp-generic"].map((variant) =>
    against(xsk(variant), xsk("af-xdp")),
  ),
];

using _lock = await lockMachine({
  waitMs: 600_000,
  onWait: (holders) => console.error(`waiting for ${describeHolders(holders)}`),
});
const asked = first !== undefined && second !== undefined;
compareAll(
  asked ? [against(first, second, { window, flows, frameBytes })] : ofThePages,
  Number(repetitionsText),
);
