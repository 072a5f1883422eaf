/**
 * Runs in a guest: makes the labs that are named, prints their testbeds as one line of JSON, and
 * holds them until it is ended. Usage: hold-labs.ts LAB...
 */
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { explain, IopathError } from "@iopath/contract";
import { type Testbed, VethLab } from "@iopath/lab";
import type { Lab, LabName, Labs } from "./labs.ts";

/** The guest's only card. */
const cardName = "eth0";

/** Each loads what it needs and no more: emulation is slow. */
const openers: Record<LabName, (resources: DisposableStack) => Testbed | Promise<Testbed>> = {
  veth: (resources) => ({
    ...resources.use(new VethLab()).testbed,
    class: "emulated",
  }),
  card: async (resources) => {
    const { SriovLab } = await import("@iopath/sriov-vf");
    return resources.use(new SriovLab({ ports: { card: cardName }, emulated: true })).testbed;
  },
  verbs: async () => (await import("@iopath/pvrdma")).paravirtualTestbed(),
  "soft-roce": async (resources) => {
    const { SoftRoceLab } = await import("@iopath/pvrdma");
    return resources.use(new SoftRoceLab()).testbed;
  },
};

async function open(name: LabName, resources: DisposableStack): Promise<Lab> {
  try {
    return { testbed: await openers[name](resources) };
  } catch (error) {
    const remedy = error instanceof IopathError ? error.remedy : undefined;
    return { missing: explain(error), remedy: remedy ?? "report it: it is a fault" };
  }
}

if (import.meta.main) {
  using resources = new DisposableStack();
  const names = process.argv.slice(2) as LabName[];
  const labs: Labs = {};
  for (const name of names) labs[name] = await open(name, resources);
  flushCompileCache(); // for the trials to come: this process does not end before them
  writeSync(1, JSON.stringify(labs));
  await new Promise(() => setInterval(() => {}, 1 << 30));
}
