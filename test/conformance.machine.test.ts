import { readdirSync } from "node:fs";
import { openForwarder } from "@iopath/contract";
import { paths } from "@iopath/harness";
import { VethLab } from "@iopath/lab";
import { inNamespace, placeInLinear } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, describe, expect, it } from "vitest";
import { openSubject } from "./lab-subject.ts";
import { labCases, lawCases } from "./second-workload/laws.ts";

/** DPDK starts once per process, with one kind of pages; the package's tests try the other. */
const oncePerProcess = /DPDK runs in ordinary pages in this process/;
/**
 * Variants that a veth lab lacks with good reason, and what that reason looks like. Functions of a
 * card are tried in a guest that has one (packages/sriov-vf/test).
 */
const noCard = /there is no PCI device port0/;
/** Verbs devices are tried in a guest, too (packages/pvrdma/test). */
const noVerbs = /list verbs devices: ENOSYS|there is no verbs device/;
const verbs = ["rc-send", "ud-send", "rc-write-imm"].flatMap((name) => [name, `${name}-rxe`]);
const mayBeMissing: Record<string, RegExp> = {
  "sriov-vf/packet-mmsg": noCard,
  "sriov-vf/packet-mmsg-drop": noCard,
  "sriov-vf/af-xdp": noCard,
  "sriov-vf/vfio": noCard,
  "sriov-vf/dpdk": /port0 is no port of a PCI device/,
  ...Object.fromEntries(verbs.map((name) => [`pvrdma/${name}`, noVerbs])),
  "userspace-pmd/net-null-huge": oncePerProcess,
  "userspace-pmd/ring-huge": oncePerProcess,
  "userspace-pmd/memif-huge": oncePerProcess,
  "userspace-pmd/pci": /is no port of a PCI device/,
  "xdp/af-xdp-busy-poll": /SO_INCOMING_NAPI_ID is 0.*EOPNOTSUPP/, // copy mode since Linux 6.13
  "xdp/af-xdp-zero-copy": /for zero-copy: EOPNOTSUPP/, // veth
};

/** DPDK's memif driver keeps one socket per connection until the process, a trial, ends. */
const keepsDescriptors = new Set(["userspace-pmd/memif"]);

/** One left by each shows in the first; DPDK takes a second for an opening on a busy machine. */
const openings = 4;

const lab = new VethLab();
afterAll(() => lab[Symbol.dispose]());
const { testbed } = lab;

const ways = paths.flatMap((path) =>
  path.variants.map(({ name }) => [path.name, name, path] as const),
);

describe.each(ways)("%s/%s", (pathName, variant, path) => {
  const support = inNamespace(testbed.forwarderNamespace, () =>
    path.probe(variant, testbed.ports, ipv4Forward),
  );

  it("is supported here, or says why not", () => {
    const expected = mayBeMissing[`${pathName}/${variant}`];
    if (support.ok) return;
    expect(support.missing).toMatch(expected ?? /never/);
    expect(support.remedy).not.toBe("");
  });
  if (!support.ok) return;

  const { workloads } = path.variants.find(({ name }) => name === variant)!;
  const cases = [...lawCases, ...labCases].filter(
    ({ workload }) => workloads?.includes(workload.name) ?? true,
  );
  it.each(cases)("$name", async ({ law, workload }) => {
    using subject = openSubject(testbed, path, variant, workload);
    expect(await law.check(subject, 20_261_123)).toBeUndefined();
  });

  it("has its frames where WebAssembly reaches them", () => {
    using subject = openSubject(testbed, path, variant);
    const { path: opened } = subject.forwarder;
    if (opened.kind === "polled") expect(placeInLinear(opened.memory)).toBeGreaterThan(0);
  });

  if (keepsDescriptors.has(`${pathName}/${variant}`)) return;
  it(`leaves no descriptor open after ${openings} times`, () => {
    const open = () =>
      inNamespace(testbed.forwarderNamespace, () =>
        openForwarder(path, variant, testbed.ports, { burst: 64, workload: ipv4Forward })[
          Symbol.dispose
        ](),
      );
    open();
    const before = readdirSync("/proc/self/fd").length;
    for (let i = 0; i < openings; i++) open();
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });
});
