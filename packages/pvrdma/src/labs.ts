/** The labs `verbs`, of a paravirtual device or the user's own, and `soft-roce`, of the kernel. */
import type { Lab, VerbsPlace } from "@iopath/lab";
import { namesIfThere } from "@iopath/native";
import { parseDeviceName } from "./device-name.ts";
import { classOfDevices, paravirtualTestbed, SoftRoceLab, verbsTestbed } from "./verbs-lab.ts";

const machine = "pvrdma";

const verbs: Lab = {
  ports: "verbs devices",
  machine,
  open: () => paravirtualTestbed(),
  found: describeDevices,

  devices: {
    flag: "`--rdma-device DEV`",
    trialLimitMs: 60_000,
    check({ devices }: VerbsPlace) {
      for (const name of devices) parseDeviceName(name);
    },
    classOf: ({ devices }: VerbsPlace) => classOfDevices(devices),
    /** The path makes and unmakes what it needs of a verbs device: nothing is left to unmake. */
    open: ({ devices }: VerbsPlace) => ({
      ...verbsTestbed(devices, classOfDevices(devices)),
      shared: true,
    }),
  },
};

const softRoce: Lab = {
  ports: "soft RoCE devices",
  machine,
  open: (resources) => resources.use(new SoftRoceLab()).testbed,
  found: describeDevices,
};

function describeDevices(): string {
  const devices = namesIfThere("/sys/class/infiniband");
  return devices.length > 0 ? `verbs devices: ${devices.join(", ")}` : "there is no verbs device";
}

export const labs = { verbs, "soft-roce": softRoce };
