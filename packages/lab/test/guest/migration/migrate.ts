/**
 * What becomes of a guest's traffic when QEMU saves and restores the guest, or migrates it to
 * another QEMU: works, is refused, or is silent for how long. Prints a table.
 *
 *     npm run guest:migration [-- SUBJECT...]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { IopathError } from "@iopath/contract";
import { setUpGuestPackages } from "../../../src/guest/packages.ts";
import { Pulse } from "./pulse.ts";
import { Refused } from "./qmp.ts";
import { buildInitramfs, SmallGuest } from "./small-guest.ts";
import { type Subject, subjects } from "./subjects.ts";

const bootLimitMs = 90_000;
const moveLimitMs = 60_000;
const beforeMs = 2000;
const afterMs = 6000;
/** A saved guest lies about so long before it is restored. */
const savedMs = 1000;
const stepMs = 50;
const ports = [21_801, 21_802] as const;

type Move = "saved to a file and restored" | "migrated live";

/** @throws Error with what the guest said when it takes longer */
async function until(
  what: string,
  limitMs: number,
  done: () => boolean,
  guest: SmallGuest,
): Promise<void> {
  const giveUpAt = performance.now() + limitMs;
  while (!done()) {
    if (performance.now() > giveUpAt) {
      throw new Error(`${what} took more than ${limitMs / 1000} s: ${lastWords(guest.said)}`);
    }
    await setTimeout(stepMs);
  }
}

interface Status {
  readonly status?: string;
  readonly "error-desc"?: string;
  readonly downtime?: number;
}

/** Sends the guest's state away. @throws Refused in QEMU's words */
async function sendState(guest: SmallGuest, uri: string): Promise<void> {
  await guest.monitor.execute("migrate", { uri });
  const giveUpAt = performance.now() + moveLimitMs;
  for (;;) {
    const found = (await guest.monitor.execute("query-migrate")) as Status;
    if (found.status === "completed") return;
    if (found.status === "failed") throw new Refused(found["error-desc"] ?? "it failed");
    if (performance.now() > giveUpAt) throw new Refused(`still ${found.status} after 60 s`);
    await setTimeout(stepMs);
  }
}

/**
 * The longest silence between two signs of life from `fromMs` on, or that there were none any more.
 */
function silence(times: readonly number[], fromMs: number, movedAtMs: number): string {
  const late = times.filter((at) => at > fromMs);
  const last = times.findLast((at) => at <= fromMs) ?? fromMs;
  if (!late.some((at) => at > movedAtMs + afterMs / 2)) return "works no more";
  const gaps = late.map((at, i) => at - (late[i - 1] ?? last));
  return `works, silent for ${Math.max(...gaps).toFixed(0)} ms`;
}

/** Until the guest runs in the QEMU that it came to. @throws Refused when it does not */
async function untilRunning(guest: SmallGuest): Promise<void> {
  const giveUpAt = performance.now() + moveLimitMs;
  for (;;) {
    const { status } = (await guest.monitor.execute("query-status")) as Status;
    if (status === "running") return;
    if (performance.now() > giveUpAt) throw new Refused(`it is "${status}" after 60 s`);
    await setTimeout(stepMs);
  }
}

/** All that comes to the socket. */
function keepState(path: string): Promise<Buffer> {
  const server = createServer().listen(path);
  const connection = new Promise<Socket>((accept) => server.once("connection", accept));
  return connection.then((socket) => {
    server.close();
    return buffer(socket);
  });
}

type StartOther = (incoming: string) => Promise<SmallGuest>;

/** Moves the guest into another QEMU. @throws Refused */
async function moveInto(start: StartOther, guest: SmallGuest, how: Move, folder: string) {
  const arriving = join(folder, "arriving");
  if (how === "migrated live") {
    const other = await start(`unix:${arriving}`);
    await sendState(guest, `unix:${arriving}`);
    guest[Symbol.dispose]();
    return other;
  }
  const leaving = join(folder, "leaving");
  const state = keepState(leaving);
  await sendState(guest, `unix:${leaving}`);
  guest[Symbol.dispose]();
  const saved = await state;
  await setTimeout(savedMs);
  const other = await start(`unix:${arriving}`);
  createConnection(arriving).end(saved);
  return other;
}

/** What was seen of frames, and of messages where the guest sends itself some. */
interface Seen {
  readonly frames: string;
  readonly messages: string;
  /** What QEMU said meanwhile. */
  readonly words: string;
}

async function tryMove(subject: Subject, how: Move): Promise<Seen> {
  using resources = new DisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "iopath-migration-"));
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const initramfs = buildInitramfs(subject, folder);
  const pulse = resources.use(await Pulse.open(ports));
  const start = async (name: string, port: number, incoming?: string) => {
    const common = { subject, initramfs, folder, name, port, peerPort: pulse.port };
    const guest = await SmallGuest.start({ ...common, ...(incoming ? { incoming } : {}) });
    return resources.use(guest);
  };
  const guest = await start("first", ports[0]);
  const alive = () => pulse.times.length > 10 && (!subject.watches || pulsesOf(guest).length > 10);
  await until(`the start of ${subject.name}`, bootLimitMs, alive, guest);
  await setTimeout(beforeMs);
  const fromMs = performance.now();
  const said = guest.said.length;
  try {
    const other = await moveInto((uri) => start("second", ports[1], uri), guest, how, folder);
    const started = other.said.length;
    await untilRunning(other);
    const movedAtMs = performance.now();
    await setTimeout(afterMs);
    const messages = [...pulsesOf(guest), ...pulsesOf(other)];
    return {
      frames: silence(pulse.times, fromMs, movedAtMs),
      messages: subject.watches ? silence(messages, fromMs, movedAtMs) : "",
      words: lastWords(other.said.slice(started)),
    };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const refused = `refused: ${error.message}`;
    return {
      frames: refused,
      messages: subject.watches ? refused : "",
      words: lastWords(guest.said.slice(said)),
    };
  }
}

function pulsesOf({ said }: SmallGuest): number[] {
  return said.filter(({ line }) => line === "pulse").map(({ atMs }) => atMs);
}

/** Without the guest's own signs of life. */
function lastWords(said: SmallGuest["said"]): string {
  const lines = said.map(({ line }) => line).filter((line) => line !== "" && line !== "pulse");
  return [...new Set(lines)].slice(-4).join("; ");
}

/** For want of a module, for instance. */
function notTried(error: unknown): Seen {
  if (!(error instanceof IopathError)) throw error;
  return { frames: "not tried", messages: "", words: error.message };
}

const names = process.argv.slice(2);
const chosen = subjects.filter(({ name }) => names.length === 0 || names.includes(name));
const head = ["device", "guest", "frames", "messages", "said meanwhile"];
const rows: string[][] = [head, head.map(() => "---")];
for (const subject of chosen) {
  await setUpGuestPackages((line) => console.error(line), subject.machine);
  for (const how of ["saved to a file and restored", "migrated live"] as const) {
    const { frames, messages, words } = await tryMove(subject, how).catch(notTried);
    console.error([subject.name, how, frames, messages, words].join(" | "));
    rows.push([subject.name, how, frames, messages, words]);
  }
}
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
process.exit(0);
