/**
 * Virtual functions of this machine's cards in config and flags, made for the run or there already.
 */
import { type CardPlace, isPciAddress, type TesterSource } from "@iopath/lab";
import { z } from "zod";
import type { InterfacesFlags } from "./interfaces.ts";
import { usageError } from "./usage-error.ts";

const name = z.string().min(1);
const pair = z.tuple([name, name]);
const made = z.strictObject({ card: name });
const found = z.strictObject({ functions: pair });
const interfaces = z.strictObject({ interfaces: pair, namespace: name.exactOptional() });

/** A card as configs have it. */
type Card = Omit<CardPlace, "kind">;

export const cardSchema: z.ZodType<Card> = z.strictObject({
  ports: z.union([made, found]),
  tester: z.union([made, found, interfaces]).exactOptional(),
  count: z.number().int().min(2).max(256).exactOptional(),
});

interface CardFlags extends InterfacesFlags {
  readonly pf?: string[];
  readonly vfs?: number;
}

/** What the flags say of it; undefined where ports are interfaces, or no port is named. */
export function chooseCard(flags: CardFlags): Card | undefined {
  const { pf, vfs, ports } = flags;
  if (pf) {
    const [card, other, ...more] = pf;
    if (more.length > 0) throw usageError("--pf takes one card, or a second for the tester: A,B");
    const tester = other ? { card: other } : chooseTester(flags);
    return {
      ports: { card: card! },
      ...(tester ? { tester } : {}),
      ...(vfs === undefined ? {} : { count: vfs }),
    };
  }
  if (!ports?.some(isPciAddress)) return undefined;
  const tester = chooseTester(flags);
  if (tester) return { ports: { functions: twoFunctions("--ports", ports) }, tester };
  throw usageError("--ports with PCI addresses needs --tester: two more, or IF2,IF3");
}

function chooseTester({ tester, testerNamespace }: InterfacesFlags): TesterSource | undefined {
  if (!tester) return undefined;
  if (tester.some(isPciAddress)) return { functions: twoFunctions("--tester", tester) };
  const [first, second, ...more] = tester;
  if (first && second && more.length === 0) {
    const namespace = testerNamespace === undefined ? {} : { namespace: testerNamespace };
    return { interfaces: [first, second], ...namespace };
  }
  throw usageError("the tester of functions has two more of them, or two interfaces: IF2,IF3");
}

function twoFunctions(flag: string, names: readonly string[]): [string, string] {
  const [first, second, ...more] = names;
  if (first && second && first !== second && more.length === 0 && names.every(isPciAddress)) {
    return [first, second];
  }
  throw usageError(`${flag} takes the PCI addresses of two functions: 0000:01:10.0,0000:01:10.2`);
}
