/**
 * Runs in a guest: makes the labs, prints their places as one line of JSON, and holds them until it is
 * ended. Usage: hold-labs.ts [card]
 */
import { writeSync } from "node:fs";
import { explain, IopathError } from "@iopath/contract";
import { type Place, VethLab } from "@iopath/lab";
import { SriovLab } from "@iopath/sriov-vf";

export interface Labs {
  readonly veth: Place;
  /** The lab of the card's virtual functions, or why there is none. */
  readonly card?: Place;
  readonly noCard?: { readonly missing: string; readonly remedy: string };
}

/** The guest's only card. */
const cardName = "eth0";

function openCard(resources: DisposableStack): Partial<Labs> {
  try {
    return { card: resources.use(new SriovLab({ card: cardName, emulated: true })).place };
  } catch (error) {
    const remedy = error instanceof IopathError ? error.remedy : undefined;
    return { noCard: { missing: explain(error), remedy: remedy ?? "report it: it is a fault" } };
  }
}

if (import.meta.main) {
  using resources = new DisposableStack();
  const card = process.argv.includes("card") ? openCard(resources) : {};
  const veth = resources.use(new VethLab()).place;
  const labs: Labs = { veth: { ...veth, name: "guest", class: "emulated" }, ...card };
  writeSync(1, JSON.stringify(labs));
  await new Promise(() => setInterval(() => {}, 1 << 30));
}
