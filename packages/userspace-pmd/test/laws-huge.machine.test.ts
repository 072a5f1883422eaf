import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { lawCases } from "../../../test/second-workload/laws.ts";
import { userspacePmd } from "../src/index.ts";
import { openSubject, ports } from "./subject.ts";

/**
 * In a file of their own, and so in a process of their own: DPDK starts once, in one kind of pages.
 */
const variants = ["net-null-huge", "ring-huge", "memif-huge"];

describe.each(variants)("%s", (variant) => {
  const support = userspacePmd.probe(variant, ports, ipv4Forward);

  it("is supported here, or says what is missing and what to do", () => {
    if (support.ok) return;
    expect(support.missing).toMatch(/^DPDK is not installed|^start DPDK in huge pages/);
    expect(support.remedy).toMatch(/apt-get install|vm.nr_hugepages/);
  });
  if (!support.ok) return;

  it("has its frames where WebAssembly reaches them", () => {
    using subject = openSubject(variant);
    expect(subject.opened.inPlace).toBeDefined();
  });

  it.each(lawCases)("$name", async ({ law, workload }) => {
    using subject = openSubject(variant, { workload });
    expect(await law.check(subject, 20_261_123)).toBeUndefined();
  });
});
