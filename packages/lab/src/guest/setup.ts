#!/usr/bin/env node
/** `npm run setup:guest`: fetches and builds what a guest needs. */
import { ExitStatus, explain, troubleOf } from "@iopath/contract";
import { cacheFolder } from "./cache.ts";
import { guestMachines } from "./machines/index.ts";
import { setUpGuestPackages } from "./packages.ts";
import { buildProfiler } from "./profiler.ts";
import { setUpStaticLibraries } from "./static-libraries.ts";

// An exit is what removes half-made folders; a signal alone would end the process without one.
for (const [signal, status] of [
  ["SIGHUP", ExitStatus.hungUp],
  ["SIGINT", ExitStatus.interrupted],
  ["SIGQUIT", ExitStatus.quit],
  ["SIGTERM", ExitStatus.terminated],
] as const) {
  process.once(signal, () => process.exit(status));
}

const tell = (line: string) => console.error(line);
for (const machine of guestMachines) {
  await setUp(`machine ${machine.name}`, () => setUpGuestPackages(tell, machine));
}
await setUp("the profiler", () => buildProfiler(tell));
await setUp("names of DPDK's functions", () => setUpStaticLibraries(tell));

/** Goes on with the others when one can't be had. */
async function setUp(what: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
    console.log(`${what} is ready in ${cacheFolder()}`);
  } catch (error) {
    const trouble = troubleOf(error);
    if (!trouble) throw error;
    console.error(`${what}: ${explain(trouble)}`);
    process.exitCode = trouble.exitStatus;
  }
}
