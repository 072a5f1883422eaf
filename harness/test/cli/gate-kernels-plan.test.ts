/** `iopath gate --against-kernel`: what its flags come down to. */
import { clockOf } from "@iopath/lab";
import { expect, it } from "vitest";
import { planKernels } from "../../src/cli/commands/gate-kernels.ts";

const usual = { wait: 0, out: "out" };
const placesOf = async (flags: object = {}) => {
  const { config } = await planKernels("debian:6.12", { ...usual, ...flags });
  return config.map(({ place }) => place);
};

it("has each section of the gate once for each kernel, and counts instructions", async () => {
  const places = await placesOf({ kernel: "debian:7.3" });
  const kernels = places.map((place) => (place.kind === "guest" ? place.kernel : undefined));
  const half = kernels.length / 2;
  expect(kernels.filter((name) => name === "debian:6.12")).toHaveLength(half);
  expect(kernels.filter((name) => name === "debian:7.3")).toHaveLength(half);
  expect(new Set(places.map(clockOf))).toEqual(new Set(["instructions"]));
});

it("leaves out machines that boot one of the kernels alone, for both", async () => {
  const places = await placesOf();
  expect(places.map((place) => place.kind === "guest" && place.machine)).not.toContain("pvrdma");
  await expect(placesOf({ machine: "pvrdma" })).rejects.toMatchObject({
    exitStatus: 3,
    message: expect.stringContaining("machine pvrdma boots Debian 12's kernel alone"),
  });
});

it("refuses a kernel against itself, also when --kernel is left out", async () => {
  await expect(planKernels("debian", usual)).rejects.toMatchObject({
    message: "--against-kernel debian and --kernel debian are one kernel by name",
  });
});
