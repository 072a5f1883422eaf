/** `iopath tester` on another machine, by the user's own ssh(1) and its configuration. */
import { type ChildProcess, spawn } from "node:child_process";
import type { FarHost } from "../../matrix/search-cell.ts";

/** Asked for no password, and noticed by ssh itself when the network is gone. */
const options = [
  "BatchMode=yes",
  "ConnectTimeout=20",
  "ServerAliveInterval=5",
  "ServerAliveCountMax=3",
  "ClearAllForwardings=yes",
];

/** The host stands behind `--`: whatever it is called, it is no option. */
export function sshArguments({ host, command }: FarHost): string[] {
  const words = [...command, "tester"].map(quoted);
  return ["-T", ...options.flatMap((option) => ["-o", option]), "--", host, ...words];
}

/** What ssh is given, a shell over there takes apart once more. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** In a process group of its own: Ctrl-C reaches the command alone, and it ends the connection. */
export function startSsh(far: FarHost): ChildProcess {
  return spawn("ssh", sshArguments(far), { detached: true, stdio: ["pipe", "pipe", "pipe"] });
}
