#!/usr/bin/env node
/** `npm run setup:guest`: fetches and builds what a guest needs. */
import { explain, IopathError } from "@iopath/contract";
import { cacheFolder } from "./cache.ts";
import { guestMachines } from "./machines/index.ts";
import { setUpGuestPackages } from "./packages.ts";

// An exit is what removes half-made folders; a signal alone would end the process without one.
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => process.exit(status));
}

for (const machine of guestMachines) {
  try {
    await setUpGuestPackages((line) => console.error(line), machine);
    console.log(`machine ${machine.name} is ready in ${cacheFolder()}`);
  } catch (error) {
    if (!(error instanceof IopathError)) throw error;
    console.error(`machine ${machine.name}: ${explain(error)}`);
    process.exitCode = error.exitStatus;
  }
}
