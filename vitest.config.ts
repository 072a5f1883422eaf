import { defineConfig } from "vitest/config";

/** One project a package, and one more for its tests that need root and touch the machine. */
const folders = [
  ["contract", "packages/contract"],
  ["native", "packages/native"],
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
const setupFiles = ["test/no-forced-colors.ts"];

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: folders.flatMap(([name, folder]) => {
      const tests = name === "test" ? `${folder}/**/*.test.ts` : `${folder}/test/**/*.test.ts`;
      return [
        {
          test: {
            name,
            root: import.meta.dirname,
            include: [tests],
            exclude: [machineTests, "**/node_modules/**"],
            setupFiles,
            // Some start the command, some draw a page of 10,000 rows: seconds, and on a busy machine more.
            testTimeout: 60_000,
          },
        },
        {
          test: {
            name: `${name}:machine`,
            root: import.meta.dirname,
            include: [tests.replace(".test.ts", ".machine.test.ts")],
            exclude: ["**/node_modules/**"],
            setupFiles,
            // Real namespaces and CPUs: one file at a time, in processes of their own.
            pool: "forks" as const,
            fileParallelism: false,
            testTimeout: 120_000,
            hookTimeout: 60_000,
          },
        },
      ];
    }),
  },
});
