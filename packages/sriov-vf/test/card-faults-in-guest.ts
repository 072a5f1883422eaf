/**
 * Runs in a guest with an SR-IOV card: brings about what can go wrong with a card, and prints what
 * is said of each as a line of JSON.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { explain } from "@iopath/contract";
import { driverOf, ip, undoOrphans } from "@iopath/lab";
import { awaitLink } from "../src/link.ts";
import { VirtualFunctions } from "../src/physical-function.ts";

const card = "eth0";
const numvfs = `/sys/class/net/${card}/device/sriov_numvfs`;
const mac = "02:00:00:00:00:01";
const functions = (count: number, device = card) => {
  using _made = new VirtualFunctions(device, Array<string>(count).fill(mac));
};

function tell(what: string, fail: () => void): void {
  let said = "nothing";
  try {
    fail();
  } catch (error) {
    said = explain(error);
  }
  const left = Number(readFileSync(numvfs, "utf8"));
  console.log(JSON.stringify({ what, said, left }));
}

function remountSysfs(how: "ro" | "rw"): void {
  const { status } = spawnSync("mount", ["-o", `remount,${how}`, "/sys"]);
  if (status !== 0) throw new Error(`/sys could not be mounted ${how}`);
}

ip("link", "add", "wire0", "type", "veth", "peer", "name", "wire1");
ip("link", "set", "wire0", "up");
tell("a card without SR-IOV", () => functions(2, "wire0"));
tell("a card that is not there", () => functions(2, "ens9"));
tell("more functions than it has", () => functions(200));
tell("a link that never comes", () => awaitLink("wire0", undefined, 500));
ip("link", "set", card, "up");
ip("route", "add", "default", "dev", card);
tell("a card with the default route", () => functions(2));
ip("route", "delete", "default");
remountSysfs("ro");
tell("sriov_numvfs refused", () => functions(2));
remountSysfs("rw");
writeFileSync(numvfs, "1");
tell("functions of somebody else's", () => functions(2));
tell("a killed process's function", () => {
  const address = basename(readlinkSync(`/sys/class/net/${card}/device/virtfn0`));
  const before = driverOf(address);
  const program = join(import.meta.dirname, "bind-and-die.ts");
  const { signal } = spawnSync(process.execPath, [program, address]);
  const left = driverOf(address);
  undoOrphans();
  throw new Error([signal, before, left, driverOf(address)].join(" "));
});
writeFileSync(numvfs, "0");
