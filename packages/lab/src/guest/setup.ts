#!/usr/bin/env node
/** `npm run setup:guest`: fetches and builds what a guest needs. */
import { ExitStatus, explain, troubleOf } from "@iopath/contract";
import { cacheFolder } from "./cache.ts";
import { guestMachines } from "./machines/index.ts";
import { setUpGuestPackages } from "./packages.ts";

// An exit is what removes half-made folders; a signal alone would end the process without one.
for (const [signal, status] of [
  ["SIGHUP", ExitStatus.hungUp],
  ["SIGINT", ExitStatus.interrupted],
  ["SIGQUIT", ExitStatus.quit],
  ["SIGTERM", ExitStatus.terminated],
] as const) {
  process.once(signal, () => process.exit(status));
}

for (const machine of guestMachines) {
  try {
    await setUpGuestPackages((line) => console.error(line), machine);
    console.log(`machine ${machine.name} is ready in ${cacheFolder()}`);
  } catch (error) {
    const trouble = troubleOf(error);
    if (!trouble) throw error;
    console.error(`machine ${machine.name}: ${explain(trouble)}`);
    process.exitCode = trouble.exitStatus;
  }
}
