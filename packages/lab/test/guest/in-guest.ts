/** Programs of tests that run in a guest, and what they print there. */
import { loaderFlags } from "@iopath/native";
import { expect } from "vitest";
import {
  type Command,
  Guest,
  type GuestMachine,
  setUpGuestPackages,
} from "../../src/guest/index.ts";

/** Ends a program that hangs. A busy machine takes several times as long as a quiet one. */
const limitMs = 1_200_000;
/** For a hook that boots a guest and runs such programs in it. */
export const hookLimitMs = 1_800_000;

/** Boots a guest with the wall clock, machine `igb` when none is given. */
export async function bootGuest(machine?: GuestMachine): Promise<Guest> {
  await setUpGuestPackages(() => {}, machine);
  return await Guest.boot({ clock: "wall", ...(machine ? { machine } : {}) });
}

/** The lines that a command prints. It must end with status 0 and without a complaint. */
export async function linesIn(guest: Guest, command: Command): Promise<string[]> {
  let output = "";
  let error = "";
  const status = await guest.run(command, {
    limitMs,
    environment: { NODE_OPTIONS: loaderFlags().join("=") },
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => (error += chunk),
  });
  expect({ status, error }, output).toEqual({ status: 0, error: "" });
  return output.split("\n").filter((line) => line !== "");
}

/** What a TypeScript program prints, a value as JSON on each line. */
export async function answersIn<T>(guest: Guest, program: string, ...args: string[]): Promise<T[]> {
  const lines = await linesIn(guest, [process.execPath, program, ...args]);
  return lines.map((line) => JSON.parse(line) as T);
}

/** The same in a guest of its own. */
export async function answersOf<T>(
  machine: GuestMachine,
  program: string,
  ...args: string[]
): Promise<T[]> {
  using guest = await bootGuest(machine);
  return await answersIn<T>(guest, program, ...args);
}
