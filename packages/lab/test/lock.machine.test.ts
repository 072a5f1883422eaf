import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeHolders, type Holder, lockMachine } from "../src/index.ts";
import { killCode, runCode, spawnCode } from "./run-code.ts";

const nobody = 65534;
/** Follows all imports: another user may not be able to read the checkout. */
const becomeNobody = `process.setgroups([]); process.setegid(${nobody}); process.seteuid(${nobody});`;
const protectedRegular = "/proc/sys/fs/protected_regular";

let folder = "";
let lock = "";
let usual: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-lock-"));
  lock = join(folder, "iopath.lock");
  usual = process.env.IOPATH_LOCK;
  process.env.IOPATH_LOCK = lock;
});
afterEach(() => {
  process.env.IOPATH_LOCK = usual;
  rmSync(folder, { recursive: true });
});

/** Who was waited for, and why nothing was locked. */
async function take(share = false, waitMs = 0) {
  let holders: readonly Holder[] = [];
  let why = "";
  const onWait = (found: readonly Holder[]) => {
    holders = found;
  };
  const onUnlocked = (text: string) => {
    why = text;
  };
  try {
    const held = await lockMachine({ waitMs, share, onWait, onUnlocked });
    return { held, holders, why, error: "" };
  } catch (error) {
    return { held: undefined, holders, why, error: (error as Error).message };
  }
}

/** Takes the lock in a process of its own, which then holds it. */
const holding = (share: boolean) => `
  globalThis.lock = await lab.lockMachine({
    waitMs: 120_000,
    share: ${share},
    onWait: () => console.log("waits"),
  });
  console.log("locked")`;

/** Takes the lock in a process of its own, and says how that went. */
const taking = `
  using lock = await lab.lockMachine({
    waitMs: 0,
    onWait: (holders) => console.log("waits for", lab.describeHolders(holders)),
    onUnlocked: (why) => console.log("unlocked:", why),
  }).catch((error) => console.log(error.message));
  console.log("done");`;

const takeElsewhere = (through: readonly string[] = []) =>
  runCode(taking, through, { IOPATH_LOCK: lock });
const takeAsNobody = () => runCode(becomeNobody + taking, [], { IOPATH_LOCK: lock });

describe("lockMachine", () => {
  it("lets one timed run measure at a time, and says who holds the machine", async () => {
    const before = Date.now();
    const holder = await spawnCode(holding(false));
    const { error, holders } = await take(false, 300);
    expect(error).toContain(`process ${holder.child.pid} (`);
    expect(error).toContain("is measuring on this machine");
    expect(holders).toMatchObject([{ pid: holder.child.pid, isAlone: true }]);
    expect(holders[0]!.command).toContain("lockMachine");
    const since = holders[0]!.since!.getTime();
    expect(since).toBeGreaterThan(before - 5_000);
    expect(since).toBeLessThan(Date.now() + 5_000);
    await killCode(holder);
    using held = (await take()).held;
    expect(held).toBeDefined();
  });

  it("lets commands that share it measure side by side, but not beside a timed one", async () => {
    const reader = await spawnCode(holding(true));
    const second = await take(true);
    expect(second.error).toBe("");
    const timed = await take(false);
    expect(timed.error).toContain("measuring");
    expect(timed.holders).toMatchObject([{ pid: reader.child.pid, isAlone: false }]);
    second.held![Symbol.dispose]();
    await killCode(reader);
    using alone = (await take(false)).held;
    expect(alone).toBeDefined();
  });

  it("lets no command overtake one that waits to be alone", async () => {
    const reader = await spawnCode(holding(true));
    const waiter = await spawnCode(holding(false));
    expect(waiter.said).toBe("waits");
    expect((await take(true)).error).toContain(String(waiter.child.pid));
    await killCode(waiter);
    using late = (await take(true)).held;
    expect(late).toBeDefined();
    await killCode(reader);
  });

  it("names a holder in another PID namespace by what it wrote", async () => {
    const through = ["unshare", "-pf", "--kill-child", "--mount-proc"];
    const holder = await spawnCode(holding(false), through);
    const words = /^waits for a process in another container \(`.*`, since [-0-9]+ [:0-9]+ UTC\)$/m;
    expect(takeElsewhere(through)).toMatch(words);
    await killCode(holder);
  });
});

describe("a lock file", () => {
  /** As in /run/lock: whoever opens another's file there with O_CREAT is refused, root too. */
  function protect(): Disposable {
    chmodSync(folder, 0o1777);
    const before = readFileSync(protectedRegular, "utf8");
    writeFileSync(protectedRegular, "2");
    return { [Symbol.dispose]: () => writeFileSync(protectedRegular, before) };
  }

  it("of another user in a folder that all may write to is locked by root", () => {
    using _protected = protect();
    expect(takeAsNobody()).toBe("done");
    expect(statSync(lock).uid).toBe(nobody);
    expect(() => execFileSync("sh", ["-c", `: >>${lock}`], { stdio: "ignore" })).toThrow();
    expect(takeElsewhere()).toBe("done");
  });

  it("of root's is locked by other users, who wait for root", async () => {
    using _protected = protect();
    const holder = await spawnCode(holding(false));
    expect(takeAsNobody()).toContain(`waits for process ${holder.child.pid} (`);
    await killCode(holder);
    expect(takeAsNobody()).toBe("done");
    expect(statSync(lock).uid).toBe(0);
  });

  it("can be read by all, whatever the mask is", () => {
    takeElsewhere(["sh", "-c", 'umask 077; exec "$0" "$@"']);
    expect(statSync(lock).mode & 0o777).toBe(0o644);
  });

  it("in a folder that can't be written is locked as it is", async () => {
    const readOnly = [
      "unshare",
      "-m",
      "sh",
      "-c",
      `mount -o bind ${folder} ${folder} &&
      mount -o remount,bind,ro ${folder} && exec "$0" "$@"`,
    ];
    const holder = await spawnCode(holding(false));
    expect(takeElsewhere(readOnly)).toContain(`waits for process ${holder.child.pid} (`);
    await killCode(holder);
    expect(takeElsewhere(readOnly)).toBe("done");
  });

  it.each<[string, () => void, RegExp]>([
    [
      "that does not exist, in a folder that nobody may write to",
      () => chmodSync(folder, 0o555),
      /EACCES/,
    ],
    ["that nobody else may read", () => writeFileSync(lock, "", { mode: 0o600 }), /EACCES/],
    ["that is a folder", () => mkdirSync(lock, { mode: 0o777 }), /is no file|EISDIR/],
    ["that is a link", () => symlinkSync("/etc/passwd", lock), /ELOOP/],
    ["that is a pipe", () => execFileSync("mkfifo", [lock]), /is no file/],
  ])("%s stops no command, and is reported", (_what, make, why) => {
    chmodSync(folder, 0o755);
    make();
    const said = takeAsNobody();
    expect(said).toMatch(/^unlocked: .*\ndone$/);
    expect(said).toMatch(why);
  });

  it("that is a link to a file of the user's is never written to", () => {
    const own = join(folder, "own");
    writeFileSync(own, "precious");
    execFileSync("ln", [own, lock]);
    expect(takeElsewhere()).toBe("done");
    expect(readFileSync(own, "utf8")).toBe("precious");
  });

  it("that was removed while it was held is no lock any more for later commands", async () => {
    const holder = await spawnCode(holding(false));
    rmSync(lock);
    using held = (await take()).held;
    expect(held).toBeDefined();
    await killCode(holder);
  });

  it("of a dead process stops no command, whatever it says", async () => {
    writeFileSync(lock, "not JSON {");
    chownSync(lock, nobody, nobody);
    expect(takeElsewhere()).toBe("done");
  });
});

describe("describeHolders", () => {
  it("says who, what and since when, as far as it is known", () => {
    const since = new Date("2026-11-29T14:32:10Z");
    const all = { pid: 4711, command: "iopath run", since, isAlone: true };
    const hidden = { ...all, pid: undefined, command: undefined };
    expect(describeHolders([all, hidden])).toBe(
      "process 4711 (`iopath run`, since 2026-11-29 14:32:10 UTC) and " +
        "a process in another container (since 2026-11-29 14:32:10 UTC)",
    );
    expect(describeHolders([])).toBe("a process that can't be seen from here");
  });
});
