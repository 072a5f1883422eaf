import { expect, test } from "vitest";
import { igb } from "../../src/guest/index.ts";
import { commandLine, type Machine } from "../../src/guest/qemu.ts";

const packages = {
  qemu: "/cache/qemu",
  kernel: "/cache/vmlinux",
  initramfs: "/cache/initramfs.gz",
  kernelVersion: "6.1",
};
const machine: Machine = {
  clock: "wall",
  accelerator: "tcg",
  memoryMiB: 512,
  platform: [],
  devices: [],
};

function argumentOf(line: readonly string[], option: string): string | undefined {
  return line[line.indexOf(option) + 1];
}

test("the instruction clock runs one processor, counted, without fast string instructions", () => {
  const line = commandLine(packages, { ...machine, clock: "instructions" }, "/tmp/guest");
  expect(argumentOf(line, "-accel")).toBe("tcg,thread=single");
  expect(argumentOf(line, "-icount")).toBe("shift=1,sleep=off");
  expect(argumentOf(line, "-cpu")).toBe("max,-erms,-fsrm");
  expect(argumentOf(line, "-smp")).toBe("1");
  expect(argumentOf(line, "-append")).toContain("nokaslr norandmaps init_on_alloc=0");
});

test("the wall clock counts no instructions", () => {
  expect(commandLine(packages, machine, "/tmp/guest")).not.toContain("-icount");
});

test("emulation has one processor, since Node crashes on two", () => {
  expect(argumentOf(commandLine(packages, machine, "/tmp/guest"), "-smp")).toBe("1");
});

test("an IOMMU lets DMA of kernel drivers pass, if it is not asked for strict translation", () => {
  const kernelLineOf = (changes: Partial<Machine>) =>
    argumentOf(commandLine(packages, { ...machine, ...changes }, "/tmp/guest"), "-append");
  const { platform } = igb;
  expect(kernelLineOf({ platform })).toContain(" intel_iommu=on iommu=pt ");
  expect(kernelLineOf({ platform, iommu: "strict" })).not.toContain("iommu=pt");
  expect(kernelLineOf({})).not.toContain("iommu=pt");
});

test("KVM has two processors, since it translates no code", () => {
  const line = commandLine(packages, { ...machine, accelerator: "kvm" }, "/tmp/guest");
  expect(argumentOf(line, "-smp")).toBe("2");
});

test("the host's root file system is handed over read-only", () => {
  const line = commandLine(packages, machine, "/tmp/guest");
  const root = line.find((argument) => argument.includes("mount_tag=root"));
  expect(root).toMatch(/path=\/,.*readonly=on/);
});

test("a comma in a folder's name is written twice", () => {
  const line = commandLine(packages, machine, "/tmp/a,b");
  expect(line.find((argument) => argument.includes("mount_tag=share"))).toContain(
    "/tmp/a,,b/share",
  );
});

test("a library of the machine's own is loaded before QEMU's", () => {
  const line = commandLine(packages, { ...machine, preload: "/cache/own.so" }, "/tmp/guest");
  expect(argumentOf(line, "--preload")).toBe("/cache/own.so");
});

test("devices asked for are on the command line", () => {
  expect(
    commandLine(packages, { ...machine, devices: igb.devices }, "/tmp/guest").join(" "),
  ).toContain("igb,bus=root0");
});
