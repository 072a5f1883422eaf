/**
 * A search whose tester is on another machine: a network namespace with an sshd in it. Between the
 * namespaces are two wires, and a third for ssh.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ExitStatus } from "@iopath/contract";
import { ip, Namespace } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { afterAll, beforeAll, expect, it } from "vitest";
import { searchJournalName } from "../../src/open-loop/run/search-journal.ts";
import { SshServer } from "./ssh-server.ts";

const iopath = resolve(import.meta.dirname, "../../bin/iopath");
const folder = mkdtempSync(join(tmpdir(), "iopath-far-"));
const resources = new DisposableStack();
let near: Namespace;
let far: Namespace;
let server: SshServer;

beforeAll(async () => {
  near = resources.use(new Namespace("open-loop-near"));
  far = resources.use(new Namespace("open-loop-far"));
  for (const [there, here] of [
    ["wire0", "card0"],
    ["wire1", "card1"],
    ["ssh1", "ssh0"],
  ] as const) {
    far.ip("link", "add", there, "type", "veth", "peer", "name", here, "netns", near.name);
    far.ip("link", "set", there, "up");
    near.ip("link", "set", here, "up");
  }
  inNamespace(near.name, () => writeFileSync("/proc/sys/net/ipv4/ip_forward", "0"));
  near.ip("address", "add", "192.0.2.1/30", "dev", "ssh0");
  far.ip("address", "add", "192.0.2.2/30", "dev", "ssh1");
  // Two machines have a lock each.
  const environment = { IOPATH_LOCK: join(folder, "lock-of-far") };
  server = resources.use(new SshServer({ namespace: far, address: "192.0.2.2", environment }));
  await until(() => ![near, far].some((one) => linksOf(one).includes("NO-CARRIER")));
});
afterAll(() => {
  resources.dispose();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly status: number | null;
  readonly complaint: string;
}

/** A search in the near namespace. */
function search(...flags: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const path = `${server.clientFolder}:${process.env.PATH}`;
  const args = ["netns", "exec", near.name, iopath, "search", ...flags];
  const child = spawn("ip", args, {
    env: { ...process.env, PATH: path, IOPATH_LOCK: join(folder, "lock-of-near") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const { promise: ended, resolve: done } = Promise.withResolvers<Ended>();
  child.once("close", (status) => done({ status, complaint }));
  return { child, ended };
}

const ports = ["--ports", "card0,card1", "--tester", "wire0,wire1"];
const onFar = [...ports, "--tester-host", "far", "--tester-command", iopath];
const out = join(folder, "run");
const journal = () => readFileSync(join(out, searchJournalName), "utf8");
const trialsIn = (text: string) => text.split('"event":"trial"').length - 1;

/** Looks until it is so, or the test's limit is up. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setTimeout(done, 50));
}

const linksOf = (namespace: Namespace) => namespace.ip("-details", "link", "show");
/** Interfaces with what is on them, and processes. */
const stateOf = (namespace: Namespace) =>
  `${linksOf(namespace)}processes: ${ip("netns", "pids", namespace.name)}`;

it("is cut in mid-trial, leaves nothing on either side, and goes on to its end", async () => {
  const before = [stateOf(near), stateOf(far)];
  const cut = search("xdp/af-xdp", ...onFar, "--realtime", "--out", out);
  await until(() => cut.child.exitCode !== null || trialsIn(safely(journal)) >= 3);
  for (const pid of server.sessions()) process.kill(pid, "SIGKILL");
  const { status, complaint } = await cut.ended;
  expect(complaint).toMatch(/the tester on far: ssh ended with status 255/);
  expect(complaint).toMatch(/`iopath search --resume` goes on where it ended/);
  expect(status).toBe(ExitStatus.cellFailed);
  expect(readFileSync(join(out, "open-loop.csv"), "utf8")).toMatch(
    /failed,the connection to the tester broke/,
  );
  // Those of the far side end when they notice.
  await until(() => stateOf(far) === before[1]);
  expect(stateOf(near)).toBe(before[0]);

  const made = journal();
  expect(made).not.toMatch('"event":"ended"');
  const again = await search("--resume", "--out", out).ended;
  expect(again.complaint).toMatch("written:");
  // On a busy machine it may end since others had the forwarder's CPU.
  const isDisturbed = /frames per second others had .* of the forwarder's CPU/.test(
    again.complaint,
  );
  expect(again.status).toBe(isDisturbed ? ExitStatus.cellFailed : ExitStatus.ok);
  expect(journal()).toMatch('"event":"ended"');
  expect(journal().startsWith(made)).toBe(true);
  expect(trialsIn(journal())).toBeGreaterThan(trialsIn(made));
  const csv = readFileSync(join(out, "open-loop.csv"), "utf8");
  if (!isDisturbed) expect(csv).toMatch(/generator CPU \d+ of the tester's machine/);
  await until(() => stateOf(far) === before[1]);
  expect(stateOf(near)).toBe(before[0]);
}, 900_000);

it("a connection that hangs is given up by both sides, and nothing is left on either", async () => {
  const before = [stateOf(near), stateOf(far)];
  const folderOfHung = join(folder, "hung");
  const journalOfHung = () => readFileSync(join(folderOfHung, searchJournalName), "utf8");
  const hung = search("xdp/native", ...onFar, "--realtime", "--out", folderOfHung);
  await until(() => hung.child.exitCode !== null || trialsIn(safely(journalOfHung)) >= 1);
  const sessions = server.sessions();
  for (const pid of sessions) process.kill(pid, "SIGSTOP");
  const { status, complaint } = await hung.ended;
  // ssh's own look at its server, or ours at the tester: whichever is first.
  expect(complaint).toMatch(/the tester on far: (ssh ended with .* not responding|nothing was)/);
  expect(status).toBe(ExitStatus.cellFailed);
  // What is left of it waits for the session that stands still, until its tester has ended.
  await until(() => linksOf(far) === before[1]!.split("processes:")[0]);
  for (const pid of sessions) process.kill(pid, "SIGKILL");
  await until(() => stateOf(far) === before[1]);
  expect(stateOf(near)).toBe(before[0]);
});

it("a port of the far machine with a default route is refused, and named", async () => {
  far.ip("route", "add", "default", "dev", "wire0");
  const { status, complaint } = await search("xdp/af-xdp", ...onFar, "--out", out).ended;
  far.ip("route", "del", "default", "dev", "wire0");
  expect(complaint).toMatch(/the tester on far: wire0 carries a default route/);
  expect(status).toBe(ExitStatus.refused);
});

it("a machine on which iopath is not found is an error that says what has to work", async () => {
  const flags = [...ports, "--tester-host", "far", "--tester-command", "/nowhere/iopath"];
  const { status, complaint } = await search("xdp/af-xdp", ...flags, "--out", out).ended;
  expect(complaint).toMatch(/the tester on far: ssh ended with status 127.*\/nowhere\/iopath/);
  expect(complaint).toMatch("`--tester-command` says how iopath is started there");
  expect(status).toBe(ExitStatus.cannotRun);
});

/** Empty while there is none. */
function safely(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
