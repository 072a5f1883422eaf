import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "@iopath/harness";
import { findGuestPackages, pvrdma, setUpGuestPackages } from "@iopath/lab/guest";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { processesOf } from "../packages/lab/test/processes.ts";
import { iopath, iopathFile } from "./command.ts";
import { readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-guest-run-"));
beforeAll(() => setUpGuestPackages(() => {}));
afterAll(() => rmSync(folder, { recursive: true }));

const small = ["--frame-bytes", "64", "--window", "64", "--samples", "50", "--rounds", "1"];

/** Where the guests of this file have their folders, and no others. */
process.env.TMPDIR = folder;

/** The folders of guests that are there. */
function guests(): string[] {
  return readdirSync(folder).filter((name) => /^iopath-\d+-\d+-\w+-guest-/.test(name));
}

function setEnvironment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("iopath verify", () => {
  beforeAll(() => setUpGuestPackages(() => {}, pvrdma));

  it("verifies frames in a guest", async () => {
    const way = ["--path", "pvrdma", "--variant", "rc-send"];
    const ended = await iopath("verify", "--machine", "pvrdma", ...way, "--frames", "1000");
    expect(ended.status, ended.complaint).toBe(0);
    expect(ended.out).toMatch(/^seed \d+\npvrdma\/rc-send {2}ok {2}1000 frames in, \d+ out as/);
  });
});

/** An address where no server answers. */
const none = { IOPATH_DEBIAN_MIRROR: "http://127.0.0.1:9/debian" };

describe("a guest whose packages can't be fetched", () => {
  it("is skipped with the reason, and the host's sections are measured", async () => {
    const out = join(folder, "no-mirror");
    const caches = mkdtempSync(join(folder, "caches-"));
    setEnvironment({ ...none, XDG_CACHE_HOME: caches });
    const ended = await iopath("run", "--path", "tester-only", ...small, "--out", out);
    expect(ended.status, ended.complaint).toBe(0);
    const rows = readRows(out);
    expect(rows[0]).toMatchObject({ place: "host", status: "measured" });
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows.slice(1)) {
      expect(row).toMatchObject({ place: "guest", status: "skipped", p50: null });
      expect(row.reason).toContain("IOPATH_DEBIAN_MIRROR");
    }
    expect(readdirSync(join(caches, "iopath", "guest"))).toEqual([]);
  });

  it("ends a run without other sections, as a full disk under the cache does", async () => {
    const small = mkdtempSync(join(folder, "small-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small]);
    try {
      setEnvironment({ ...none, XDG_CACHE_HOME: small });
      const out = ["--out", join(folder, "no-room")];
      const ended = await iopath("run", "--machine", "igb", "--path", "tester-only", ...out);
      expect(ended.status).toBe(2);
      expect(ended.complaint).toMatch(/has 1 MiB free.*\n.*XDG_CACHE_HOME/);
    } finally {
      execFileSync("umount", [small]);
    }
  });
});

/** A run that fetches into its own cache, after its first package has begun to come. */
async function startFetching(caches: string): Promise<ChildProcess> {
  setEnvironment({ XDG_CACHE_HOME: caches });
  const out = join(folder, "interrupted");
  const args = ["run", "--machine", "igb", "--path", "tester-only", "--out", out];
  const running = spawn(iopathFile, args, { stdio: "ignore" });
  const isFetching = () =>
    readdirSync(caches, { recursive: true }).some((name) => String(name).endsWith(".deb"));
  await vi.waitUntil(isFetching, { timeout: 300_000, interval: 20 });
  return running;
}

describe("a download that is interrupted", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s ends at once and leaves nothing", async (signal, status) => {
    const caches = mkdtempSync(join(folder, "caches-"));
    const running = await startFetching(caches);
    const ended = once(running, "exit");
    running.kill(signal);
    expect(await ended).toEqual([status, null]);
    expect(readdirSync(join(caches, "iopath", "guest"))).toEqual([]);
  });

  it("by SIGKILL leaves no apt and no finished entry, and the next start removes the rest", async () => {
    const caches = mkdtempSync(join(folder, "caches-"));
    const running = await startFetching(caches);
    const ended = once(running, "exit");
    running.kill("SIGKILL");
    await ended;
    // The kernel kills apt; what fetches for it ends when it finds its pipe closed.
    await vi.waitUntil(() => processesOf(caches).length === 0, { timeout: 300_000, interval: 20 });
    expect(() => findGuestPackages()).toThrow("packages are not there");
    setEnvironment({ ...none, XDG_CACHE_HOME: caches });
    await expect(setUpGuestPackages(() => {})).rejects.toThrow("failed");
    expect(readdirSync(join(caches, "iopath", "guest"))).toEqual([]);
  });
});

describe("iopath guest", () => {
  let ended: Awaited<ReturnType<typeof iopath>>;
  beforeAll(async () => {
    const verify = (what: string) => `"$0" verify --frames 500 ${what} 2>&1; echo verified $?`;
    const script = [
      "hostname",
      verify("--path kernel-sockets --variant io-uring"),
      verify("--pf eth0 --path sriov-vf --variant vfio"),
      "cat /sys/class/net/eth0/device/sriov_numvfs",
      "echo trouble >&2",
      "exit 7",
    ].join("\n");
    ended = await iopath("guest", "--", "bash", "-c", script, iopathFile);
  });

  it("has the output and the exit status of the command", () => {
    expect(ended).toMatchObject({ status: 7, complaint: "trouble\n" });
    expect(ended.out).toMatch(/^iopath-guest\n/);
  });

  it("lets the command verify functions of the guest's card, and leaves none", () => {
    expect(ended.out).toMatch(/sriov-vf\/vfio +ok.*\nverified 0\n0\n$/s);
  });

  it("has Linux 6.1, where the completion that ends an io_uring receive is not counted as a frame", () => {
    expect(ended.out).toMatch(/kernel-sockets\/io-uring +ok +500 frames in/);
  });
});

describe("a run in the guest, by instructions, whose guest dies", () => {
  const out = join(folder, "dead");
  let ended: Awaited<ReturnType<typeof iopath>>;
  let rows: Row[];
  beforeAll(async () => {
    const where = ["--machine", "igb", "--clock", "instructions", "--iommu", "passthrough"];
    const what = ["--path", "tester-only,xdp", "--variant", "direct,native,generic"];
    const running = iopath("run", ...where, ...what, ...small, "--out", out);
    await vi.waitUntil(() => hasMeasured(out), { timeout: 300_000, interval: 50 });
    const [guest] = guests();
    process.kill(Number(readFileSync(join(folder, guest!, "qemu.pid"), "utf8")), "SIGKILL");
    ended = await running;
    rows = readRows(out).toSorted((a, b) => a.status.localeCompare(b.status));
  });

  it("fails its cell; the other cells are measured in a new guest", () => {
    expect(ended.status, ended.complaint).toBe(1);
    expect(rows.map(({ status }) => status)).toEqual(["failed", "measured", "measured"]);
    expect(rows[0]!.reason).toContain("the guest was ended from outside (SIGKILL)");
  });

  it("gives rows with that clock", () => {
    const same = { place: "guest", class: "emulated", unit: "instructions/frame" };
    for (const row of rows) expect(row).toMatchObject(same);
  });

  it("leaves no guest", () => {
    expect(guests()).toEqual([]);
  });
});

/** Whether the run in this folder has the figures of a first trial. */
function hasMeasured(out: string): boolean {
  const journal = join(out, "journal.jsonl");
  return existsSync(journal) && readFileSync(journal, "utf8").includes('"event":"trial"');
}
