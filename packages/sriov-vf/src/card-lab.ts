/** The lab `card`: virtual functions of the guest's card, or of a card that the user names. */
import { existsSync, readdirSync } from "node:fs";
import { type CardPlace, isEmulatedMachine, type Lab, undoOrphans } from "@iopath/lab";
import { SriovLab } from "./sriov-lab.ts";

/** The guest's only card. */
const guestCard = "eth0";
const interfaces = "/sys/class/net";

export const cardLab: Lab = {
  ports: "virtual functions of a card",
  machine: "igb",

  open: (resources) =>
    resources.use(new SriovLab({ ports: { card: guestCard }, emulated: true })).testbed,

  found() {
    const capable = readdirSync(interfaces).filter((name) =>
      existsSync(`${interfaces}/${name}/device/sriov_totalvfs`),
    );
    return capable.length > 0 ? `SR-IOV on ${capable.join(", ")}` : "no interface here has SR-IOV";
  },

  devices: {
    flag: "`--pf CARD`",
    /** An emulated card is ten times slower than one of hardware. */
    trialLimitMs: 240_000,
    check() {}, // a card has the name of its network device, which can be anything
    classOf: () => (isEmulatedMachine() ? "emulated" : "hardware"),
    open(place: CardPlace, resources) {
      undoOrphans();
      return resources.use(new SriovLab({ ...place, emulated: isEmulatedMachine() })).testbed;
    },
  },
};
