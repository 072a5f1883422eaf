/**
 * Runs in a guest: makes the labs that are named, prints their places as one line of JSON, and holds
 * them until it is ended. Usage: hold-labs.ts LAB...
 */
import { writeSync } from "node:fs";
import { explain, IopathError } from "@iopath/contract";
import { type Place, VethLab } from "@iopath/lab";
import { paravirtualPlace, SoftRoceLab } from "@iopath/pvrdma";
import { SriovLab } from "@iopath/sriov-vf";
import type { Lab, LabName, Labs } from "../labs.ts";

/** The guest's only card. */
const cardName = "eth0";

const openers: Record<LabName, (resources: DisposableStack) => Place> = {
  veth: (resources) => ({
    ...resources.use(new VethLab()).place,
    name: "guest",
    class: "emulated",
  }),
  card: (resources) => resources.use(new SriovLab({ card: cardName, emulated: true })).place,
  verbs: () => paravirtualPlace(),
  "soft-roce": (resources) => resources.use(new SoftRoceLab()).place,
};

function open(name: LabName, resources: DisposableStack): Lab {
  try {
    return { place: openers[name](resources) };
  } catch (error) {
    const remedy = error instanceof IopathError ? error.remedy : undefined;
    return { missing: explain(error), remedy: remedy ?? "report it: it is a fault" };
  }
}

if (import.meta.main) {
  using resources = new DisposableStack();
  const names = process.argv.slice(2) as LabName[];
  const labs: Labs = Object.fromEntries(names.map((name) => [name, open(name, resources)]));
  writeSync(1, JSON.stringify(labs));
  await new Promise(() => setInterval(() => {}, 1 << 30));
}
