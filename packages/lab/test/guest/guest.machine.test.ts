import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loaderFlags } from "@iopath/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Command,
  Guest,
  igb,
  removeOrphanGuests,
  setUpGuestPackages,
} from "../../src/guest/index.ts";
import { processesOf } from "../processes.ts";

/** A folder where no other process removes what a guest leaves. */
const folder = mkdtempSync(join(tmpdir(), "iopath-guests-"));
process.env.TMPDIR = folder;
beforeAll(() => setUpGuestPackages(() => {}));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command and keeps all it wrote. */
async function outcome(guest: Guest, command: Command, options = {}) {
  let output = "";
  let error = "";
  const status = await guest.run(command, {
    limitMs: 120_000,
    onOutput: (chunk) => (output += chunk.toString("latin1")),
    onError: (chunk) => (error += chunk.toString("latin1")),
    ...options,
  });
  return { status, output, error };
}

/** The folders of a process's guests. */
function guestFolders(pid = process.pid): string[] {
  const ours = new RegExp(`^iopath-${pid}-\\d+-\\w+-guest-`);
  return readdirSync(folder).filter((name) => ours.test(name));
}

const tellStripped = join(import.meta.dirname, "tell-stripped.ts");

describe("in one guest", () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await Guest.boot({ clock: "wall" });
  });
  afterAll(() => guest?.[Symbol.dispose]());

  test.each([0, 3, 255])("the exit status is the command's: %i", async (status) => {
    expect(await outcome(guest, ["bash", "-c", `exit ${status}`])).toMatchObject({ status });
  });

  test("a command that a signal ends has 128 and the signal's number", async () => {
    expect(await outcome(guest, ["bash", "-c", "kill -TERM $$"])).toMatchObject({ status: 143 });
  });

  test("a command that is not there has status 127 and says so", async () => {
    const { status, error } = await outcome(guest, ["/no/such/program"]);
    expect(status).toBe(127);
    expect(error).toContain("/no/such/program");
  });

  test("standard output and standard error come separately", async () => {
    const script = "echo one; echo two >&2; echo three >/dev/stdout; echo four >/dev/stderr";
    expect(await outcome(guest, ["bash", "-c", script])).toEqual({
      status: 0,
      output: "one\nthree\n",
      error: "two\nfour\n",
    });
  });

  test("output arrives while the command still runs", async () => {
    let firstAtMs = 0;
    const onOutput = () => (firstAtMs ||= performance.now());
    await guest.run(["bash", "-c", "echo first; sleep 1"], { limitMs: 120_000, onOutput });
    expect(performance.now() - firstAtMs).toBeGreaterThan(900);
  });

  test("a megabyte of bytes of every value arrives whole", async () => {
    const program =
      "process.stdout.write(Buffer.from(Array.from({length:1<<20},(_,i)=>i*7+(i>>8))))";
    const { output } = await outcome(guest, [process.execPath, "-e", program]);
    const wanted = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => i * 7 + (i >> 8)));
    expect(Buffer.from(output, "latin1").equals(wanted)).toBe(true);
  });

  test("arguments, environment, folder and input reach the command as they are", async () => {
    const script = 'printf "[%s]" "$@" "$GREETING" "$PWD"; cat';
    const command: Command = ["bash", "-c", script, "-", "a b", "$(no)", "line\nbreak", ""];
    const environment = { GREETING: "it's" };
    const options = { environment, folder: import.meta.dirname, input: "in" };
    const { output } = await outcome(guest, command, options);
    expect(output).toBe(`[a b][$(no)][line\nbreak][][it's][${import.meta.dirname}]in`);
  });

  test("a program in TypeScript is loaded without its types", async () => {
    const command: Command = [process.execPath, ...loaderFlags(), tellStripped];
    const output = "found it stripped\n";
    expect(await outcome(guest, command)).toMatchObject({ error: "", output });
  });

  test("what it writes is seen in it and not on the host", async () => {
    const file = join(import.meta.dirname, "written-in-guest");
    const script = `echo here > ${file} && cat ${file}`;
    expect(await outcome(guest, ["bash", "-c", script])).toMatchObject({ output: "here\n" });
    expect(existsSync(file)).toBe(false);
  });

  test("a job that hangs is ended with its guest, and the error says which", async () => {
    await expect(guest.run(["sleep", "1000"], { limitMs: 500 })).rejects.toThrow(
      "`sleep 1000` did not end within 0.5 s",
    );
    expect(guestFolders()).toEqual([]);
  });
});

describe("in a guest with little memory", () => {
  let guest: Guest;
  beforeAll(async () => {
    // The less there is, the sooner it is taken.
    guest = await Guest.boot({ clock: "wall", machine: { ...igb, memoryMiB: 320 } });
  });
  afterAll(() => guest?.[Symbol.dispose]());

  test("a job that takes all memory is killed, and the guest goes on", async () => {
    const { status } = await outcome(guest, ["tail", "/dev/zero"]);
    expect(status).toBe(137);
    expect(await outcome(guest, ["echo", "alive"])).toMatchObject({ status: 0, output: "alive\n" });
  });

  test("a panic is reported with the console's last lines", async () => {
    const panic = guest.run(["bash", "-c", "echo c >/proc/sysrq-trigger"], { limitMs: 120_000 });
    await expect(panic).rejects.toThrow(/ended by itself(.|\n)*Kernel panic/);
  });
});

test("a boot that hangs is tried twice, then reported, and leaves nothing", async () => {
  const boot = Guest.boot({ clock: "wall", bootLimitMs: 300 });
  await expect(boot).rejects.toThrow("did not come up within 0.3 s");
  expect(guestFolders()).toEqual([]);
});

test("QEMU's own error is reported", async () => {
  const boot = Guest.boot({
    clock: "wall",
    machine: { ...igb, devices: ["-device", "no-such-device"] },
  });
  await expect(boot).rejects.toThrow(/'no-such-device' is not a valid device model name/);
});

describe("when its process ends", () => {
  const program = join(import.meta.dirname, "hold-guest.ts");

  /** A process that holds a guest; resolves to it and the guest's folder once the guest is up. */
  async function holder(): Promise<{ owner: ChildProcess; folder: string }> {
    const owner = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    await once(owner.stdout!, "data");
    const [name] = guestFolders(owner.pid);
    return { owner, folder: join(tmpdir(), name!) };
  }

  async function gone(folder: string): Promise<boolean> {
    for (let i = 0; i < 50 && processesOf(folder).length > 0; i++) await sleep(100);
    return processesOf(folder).length === 0;
  }

  test("by SIGINT, the guest and its files are gone", async () => {
    const { owner, folder } = await holder();
    expect(processesOf(folder)).not.toEqual([]);
    owner.kill("SIGINT");
    expect(await once(owner, "exit")).toEqual([130, null]);
    expect(await gone(folder)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  test("by SIGKILL, the guest is gone, and its files at the next start", async () => {
    const { owner, folder } = await holder();
    owner.kill("SIGKILL");
    await once(owner, "exit");
    expect(await gone(folder)).toBe(true);
    expect(removeOrphanGuests()).toContain(folder);
    expect(existsSync(folder)).toBe(false);
  });
});
