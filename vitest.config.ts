import { defineConfig } from "vitest/config";

/** One project per package, and one more for its tests that need root and touch the machine. */
const folders = [
  ["contract", "packages/contract"],
  ["native", "packages/native"],
  ["packet-language", "packages/packet-language"],
  ["workloads", "packages/workloads"],
  ["lab", "packages/lab"],
  ["kernel-sockets", "packages/kernel-sockets"],
  ["xdp", "packages/xdp"],
  ["sriov-vf", "packages/sriov-vf"],
  ["pvrdma", "packages/pvrdma"],
  ["userspace-pmd", "packages/userspace-pmd"],
  ["harness", "harness"],
  ["test", "test"],
] as const;

const machineTests = "**/*.machine.test.ts";
/** Tests that replace a module of the project's by one of their own. */
const mockedTests = "**/*.mocked.test.ts";
const common = {
  root: import.meta.dirname,
  setupFiles: ["test/no-forced-colors.ts", "test/own-lock.ts"],
};
/** Limits end what hangs. A busy machine is slow, and slowness is no failure. */
const testTimeout = 180_000;

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: folders.flatMap(([name, folder]) => {
      const tests = name === "test" ? `${folder}/**/*.test.ts` : `${folder}/test/**/*.test.ts`;
      return [
        {
          test: {
            ...{ ...common, name, testTimeout },
            include: [tests],
            exclude: [machineTests, mockedTests, "**/node_modules/**"],
            // The harness's files share their modules: they import some hundred each.
            isolate: name !== "harness",
          },
        },
        {
          test: {
            ...{ ...common, name: `${name}:mocked`, testTimeout },
            include: [tests.replace(".test.ts", ".mocked.test.ts")],
            exclude: ["**/node_modules/**"],
          },
        },
        {
          test: {
            ...{ ...common, name: `${name}:machine` },
            include: [tests.replace(".test.ts", ".machine.test.ts")],
            exclude: ["**/node_modules/**"],
            // Real namespaces and CPUs: one file at a time, in processes of their own.
            pool: "forks" as const,
            fileParallelism: false,
            testTimeout: 600_000,
            hookTimeout: 600_000,
          },
        },
      ];
    }),
  },
});
