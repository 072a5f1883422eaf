import { expect, test } from "vitest";
import { type DebianName, parseKernelName } from "../../../src/guest/kernels/kernel-name.ts";
import {
  chooseKernel,
  kernelsBetween,
  mirrorKernels,
} from "../../../src/guest/kernels/mirror-kernels.ts";

/** A mirror on which names depend on others, in brackets what is gone. */
const onMirror: Readonly<Record<string, string[]>> = {
  "linux-image-amd64": ["linux-image-6.1.0-50-amd64"],
  "linux-image-6.1.0-47-amd64": ["kmod"],
  "linux-image-6.1.0-50-amd64": ["kmod"],
  "linux-image-6.12.90+deb12-amd64": [],
  "linux-image-6.12.90+deb12.1-amd64": [],
  "linux-image-6.12.9-amd64": [],
  "linux-image-6.12.9-amd64-unsigned": [],
  "linux-image-6.12.107+deb13-rt-amd64": [],
  "linux-image-6.18.15+deb13-amd64": ["<linux-base-6.18.15+deb13-amd64>"],
  "linux-image-6.19.6+deb13-amd64": [
    ...["<linux-base-6.19.6+deb13-amd64>", "linux-binary-6.19.6+deb13-amd64"],
    "<linux-modules-6.19.6+deb13-amd64>",
  ],
  "linux-image-7.3.4+deb13-amd64": [
    ...["linux-base-7.3.4+deb13-amd64", "linux-binary-7.3.4+deb13-amd64"],
    ...["linux-modules-7.3.4+deb13-amd64", "dracut"],
  ],
};
const apt = {
  names: async () => Object.keys(onMirror),
  dependencies: async (names: readonly string[]) =>
    new Map(names.map((name) => [name, onMirror[name]!])),
};
const kernels = await mirrorKernels(apt);
const choose = (text: string) => chooseKernel(kernels, parseKernelName(text) as DebianName);

test.each([
  ["debian:6.1", "6.1.0-50-amd64"],
  ["debian:6.1.0-47-amd64", "6.1.0-47-amd64"],
  ["debian:6.12", "6.12.90+deb12.1-amd64"],
  ["debian:6.12.9", "6.12.9-amd64"],
  ["debian:6.12.90+deb12-amd64", "6.12.90+deb12-amd64"],
  ["debian:6.12-rt", "6.12.107+deb13-rt-amd64"],
  ["debian:6.18", "6.18.15+deb13-amd64"],
  ["debian:7.3", "7.3.4+deb13-amd64"],
])("%s is the newest whole kernel of that name, %s", (name, release) => {
  expect(choose(name).release).toBe(release);
});

test("of a kernel all packages with its files are fetched, and those that are gone are not", () => {
  const parts = ["base", "binary", "modules"].map((part) => `linux-${part}-7.3.4+deb13-amd64`);
  expect(choose("debian:7.3").packages).toEqual(["linux-image-7.3.4+deb13-amd64", ...parts]);
  expect(choose("debian:6.18").packages).toEqual(["linux-image-6.18.15+deb13-amd64"]);
});

test("a kernel that has left the mirror is named with what is gone, and what is there", () => {
  const remedy = "it has debian:7.3, debian:6.18, debian:6.12, debian:6.1";
  expect(() => choose("debian:6.19")).toThrow(
    expect.objectContaining({
      message:
        "debian:6.19 is no longer on the mirror: of 6.19.6+deb13-amd64 it has no linux-modules-6.19.6+deb13-amd64",
      remedy,
    }),
  );
  expect(() => choose("debian:6.1.0-99-amd64")).toThrow(
    expect.objectContaining({
      message: "the mirror has no kernel debian:6.1.0-99-amd64",
      remedy,
    }),
  );
});

const between = (from: string, to: string) =>
  kernelsBetween(kernels, ...([from, to].map(parseKernelName) as [DebianName, DebianName])).map(
    ({ release }) => release,
  );

test("between two kernels are the whole ones of their flavour, from the first to the last", () => {
  const releases = [
    ...["6.12.90+deb12-amd64", "6.12.90+deb12.1-amd64", "6.18.15+deb13-amd64"],
    "7.3.4+deb13-amd64",
  ];
  expect(between("debian:6.12.90+deb12-amd64", "debian:7.3")).toEqual(releases);
  expect(between("debian:7.3", "debian:6.12.90+deb12-amd64")).toEqual(releases.toReversed());
});
