/**
 * Runs in a guest: makes the labs that are ordered, prints their testbeds as one line of JSON, and
 * holds them until it is ended. Usage: hold-labs.ts JSON, a list of `LabOrder`.
 */
import { writeSync } from "node:fs";
import { explain, troubleOf } from "@iopath/contract";
import { CardsLab, type Testbed, VethLab } from "@iopath/lab";
import type { Cards } from "@iopath/lab/guest";
import { loadModule, type PathName } from "../paths/loaders.ts";

export interface LabOrder {
  readonly name: string;
  /** The path that brings the lab along; `veth` needs none. */
  readonly broughtBy?: PathName;
  /** Of `veth`, on a machine whose network interfaces are cards. */
  readonly cards?: Cards;
}

/** A lab's testbed, or why it is missing. */
type HeldLab =
  | { readonly testbed: Testbed }
  | { readonly missing: string; readonly remedy: string };
export type HeldLabs = Readonly<Record<string, HeldLab>>;

async function hold(order: LabOrder, resources: DisposableStack): Promise<HeldLab> {
  try {
    return { testbed: await open(order, resources) };
  } catch (error) {
    const { message, remedy } = troubleOf(error) ?? { message: explain(error) };
    return { missing: message, remedy: remedy ?? "report it: it is a fault" };
  }
}

/** Loads the path that brings the lab and no other: emulation is slow. */
async function open(order: LabOrder, resources: DisposableStack): Promise<Testbed> {
  const { name, broughtBy, cards } = order;
  if (cards) return resources.use(new CardsLab(cards)).testbed;
  if (!broughtBy) return { ...resources.use(new VethLab()).testbed, class: "emulated" };
  const { labs } = await loadModule(broughtBy);
  return labs![name]!.open(resources);
}

if (import.meta.main) {
  using resources = new DisposableStack();
  const orders = JSON.parse(process.argv[2]!) as LabOrder[];
  const held: Record<string, HeldLab> = {};
  for (const order of orders) held[order.name] = await hold(order, resources);
  writeSync(1, JSON.stringify(held));
  await new Promise(() => setInterval(() => {}, 1 << 30));
}
