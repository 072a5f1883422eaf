/** An sshd with keys and a configuration of its own, in a network namespace, for tests. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Namespace } from "@iopath/lab";

const program = "/usr/sbin/sshd";
const port = 22;

interface ServerOptions {
  readonly namespace: Namespace;
  readonly address: string;
  /** What sessions find in their environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where `ssh` stands first on PATH, and goes to the server as the host "far". */
export class SshServer implements Disposable {
  readonly clientFolder: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "iopath-sshd-"));
  readonly #server: ChildProcess;

  constructor({ namespace, address, environment }: ServerOptions) {
    const key = this.#newKey("user");
    const file = (name: string, text: string) => {
      writeFileSync(join(this.#folder, name), text);
      return join(this.#folder, name);
    };
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const serverConfig = file(
      "sshd_config",
      [
        `ListenAddress ${address}:${port}`,
        `HostKey ${this.#newKey("host")}`,
        `AuthorizedKeysFile ${key}.pub`,
        `PidFile ${join(this.#folder, "pid")}`,
        ...["PermitRootLogin prohibit-password", "PasswordAuthentication no", "UsePAM no"],
        ...["StrictModes no", `SetEnv ${variables.join(" ")}`, ""],
      ].join("\n"),
    );
    const known = readFileSync(join(this.#folder, "host.pub"), "utf8");
    const clientConfig = file(
      "ssh_config",
      [
        ...["Host far", `HostName ${address}`, "User root", `IdentityFile ${key}`],
        ...["IdentitiesOnly yes", `UserKnownHostsFile ${file("known", `${address} ${known}`)}`],
        ...["StrictHostKeyChecking yes", ""],
      ].join("\n"),
    );
    this.clientFolder = join(this.#folder, "bin");
    mkdirSync(this.clientFolder);
    const client = join(this.clientFolder, "ssh");
    writeFileSync(client, `#!/bin/sh\nexec /usr/bin/ssh -F ${clientConfig} "$@"\n`);
    chmodSync(client, 0o755);
    mkdirSync("/run/sshd", { recursive: true }); // where it drops its privileges
    const args = ["netns", "exec", namespace.name, program, "-D", "-e", "-f", serverConfig];
    this.#server = spawn("ip", args, { stdio: "ignore" });
  }

  /** The processes of its sessions. */
  sessions(): number[] {
    return childrenOf(this.#server.pid!);
  }

  #newKey(name: string): string {
    const file = join(this.#folder, name);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    return file;
  }

  [Symbol.dispose](): void {
    for (const pid of this.sessions()) process.kill(pid, "SIGKILL");
    this.#server.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true });
  }
}

/** `ip netns exec` becomes the program that it starts. */
function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}
