/** A running guest's folder on the host: its share, its sockets, what its console said. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError, troubleOf } from "@iopath/contract";
import { ifThere, namesIfThere, notOurs, readForWords, readIfThere } from "@iopath/native";
import { isOrphan } from "../owner.ts";
import { removeIfAllowed } from "../remove.ts";
import { WorkFolder } from "./cache.ts";

/** Names in the guest's folder on the host. */
export const files = {
  share: "share",
  console: "console",
  log: "qemu.log",
  process: "qemu.pid",
  control: "control",
  output: "output",
  error: "error",
  /** With a number behind it: what the profiler wrote. */
  profile: "profile",
} as const;

const role = "guest";
const agentFile = join(import.meta.dirname, "agent.sh");
/** How much of the console and of QEMU's own words an error quotes. */
const quotedLines = 15;

let made = 0;

/** Of `sun_path`, without its end; unix(7). */
const socketPathBytesMax = 107;

/**
 * Makes the folder, with the agent in its share; gone when disposed or when the process ends.
 *
 * @throws IopathError when the temporary folder is not there, can't be written or has too long a
 * path
 */
export function makeGuestFolder(): WorkFolder {
  made++;
  using making = new DisposableStack();
  try {
    const folder = making.use(new WorkFolder(tmpdir(), `${role}-${made}`));
    requireShortPath(join(folder.path, files.control));
    const share = join(folder.path, files.share);
    mkdirSync(share);
    writeFileSync(join(share, "agent.sh"), readFileSync(agentFile));
    making.move();
    return folder;
  } catch (cause) {
    const trouble = troubleOf(cause);
    if (!trouble) throw cause;
    throw new IopathError(ExitStatus.cannotRun, `a guest needs a folder: ${trouble.message}`, {
      remedy: "set TMPDIR to a folder with a short path that you may write to, such as /tmp",
      cause,
    });
  }
}

function requireShortPath(socket: string): void {
  const bytes = Buffer.byteLength(socket);
  if (bytes <= socketPathBytesMax) return;
  const message = `a socket's path has ${socketPathBytesMax} bytes at most, and ${socket} has ${bytes}`;
  throw new IopathError(ExitStatus.cannotRun, message);
}

/** Tries to make the folder of a guest. @throws IopathError as `makeGuestFolder` does */
export function requireGuestFolder(): void {
  using _tried = makeGuestFolder();
}

/** Ends the guests of processes that are gone and removes their folders; returns the folders. */
export function removeOrphanGuests(): string[] {
  const orphans = namesIfThere(tmpdir(), ...notOurs)
    .filter((name) => name.includes(`-${role}-`) && isOrphan(name))
    .map((name) => join(tmpdir(), name));
  return orphans.filter((folder) => {
    endGuestOf(folder);
    return removeIfAllowed(folder);
  });
}

/** Kills the QEMU of a folder, if the process of its pid file still is that, and is ours. */
function endGuestOf(folder: string): void {
  ifThere(
    () => {
      const pid = Number(readFileSync(join(folder, files.process), "utf8"));
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder))
        process.kill(pid, "SIGKILL");
    },
    ...notOurs,
  );
}

/** A file's text; it is removed. @returns undefined when it is not there */
export function takeFile(path: string): string | undefined {
  const text = readIfThere(path);
  rmSync(path, { force: true });
  return text;
}

/** Lines that say what went wrong, however many come after them. */
const telling = /Kernel panic|Out of memory/;

/** What QEMU and the guest's console said last, for an error message. */
export function lastWords(folder: string): string {
  const said = [files.log, files.console].flatMap((name) => {
    const text = (readForWords(join(folder, name)) ?? "").replaceAll("\r", "");
    const lines = text.split("\n").filter(Boolean);
    const early = lines.slice(0, -quotedLines).filter((line) => telling.test(line));
    return [...early, ...lines.slice(-quotedLines)];
  });
  return said.length > 0 ? said.map((line) => `    ${line}`).join("\n") : "    (nothing)";
}
