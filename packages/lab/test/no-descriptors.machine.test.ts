/**
 * Without a free descriptor every query fails. A failure must not read as "not there": a port with
 * the default route would be taken, and changes that are to be undone would be forgotten.
 */
import { describe, expect, it } from "vitest";
import { withoutDescriptors } from "./run-code.ts";

const dead = '"iopath-" + process.pid + "-1-" + lab.ownedName("x").split("-")[3] + "-x1"';
const said = withoutDescriptors(
  `const { findInterfaceIndex, findNamespace, onlineCpus, readCpuQuota, tcxPrograms } =
     await import("@iopath/native");
   const { changeSysctl } = lab;
   const orphan = ${dead};
   const namespace = fs.readlinkSync("/proc/self/ns/net");
   lab.driverOf("0000:00:00.0");`,
  `{
    "a default route": () => lab.carrierOfDefaultRoute(["lo"]),
    "the way to an address": () => lab.deviceTowards("127.0.0.1"),
    "the way of a test frame": () => lab.wherePassedOn("lo"),
    "strays": () => lab.strayDevices(["lo", "lo"]),
    "routing": () => lab.isRouted("lo"),
    "the names of namespaces": () => lab.namespaceNames(),
    "a namespace": () => findNamespace(namespace),
    "orphans": () => lab.isOrphan(orphan),
    "orphan namespaces": () => lab.deleteOrphanNamespaces(),
    "orphan records": () => lab.undoOrphans(),
    "orphan folders of DPDK": () => lab.removeOrphanDpdkFolders(),
    "network devices": () => lab.netdevsOf("0000:00:00.0"),
    "an interface": () => findInterfaceIndex("lo"),
    "CPUs": () => onlineCpus(),
    "a quota": () => readCpuQuota(),
    "programs": () => tcxPrograms(1, "ingress"),
  }`,
);

describe("without a free descriptor is an error, not an answer:", () => {
  const needDescriptors = Object.entries(said).filter(([name]) => name !== "programs");

  it.each(needDescriptors)("%s", (_name, words) => expect(words).toMatch(/EMFILE/));

  it("all of the above", () => expect(needDescriptors).toHaveLength(15));
});
