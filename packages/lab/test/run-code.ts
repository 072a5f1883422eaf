/** Processes of their own that evaluate code with the lab's exports, as `lab`. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const source = resolve(import.meta.dirname, "../src/index.ts");

function commandOf(code: string, through: readonly string[]): [string, string[]] {
  const program = `import * as lab from ${JSON.stringify(source)}; ${code}`;
  const node = [process.execPath, "--input-type=module", "--eval", program];
  const [first, ...rest] = [...through, ...node] as [string, ...string[]];
  return [first, rest];
}

interface Started {
  readonly child: ChildProcess;
  /** What it wrote first. */
  readonly said: string;
}

/**
 * Starts a process that evaluates `code`, which writes something when it is ready, and then waits.
 *
 * @param through the program that starts it, such as unshare(1)
 */
export async function spawnCode(code: string, through: readonly string[] = []): Promise<Started> {
  const [program, args] = commandOf(`${code}; setInterval(() => {}, 1000);`, through);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, said: said.toString().trim() };
}

/** Ends it as `kill -9` does. */
export async function killCode({ child }: Started): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Runs `code` to its end; what it wrote. @throws Error with its complaint when it fails */
export function runCode(
  code: string,
  through: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): string {
  const [program, args] = commandOf(code, through);
  const options = { encoding: "utf8", timeout: 120_000, env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  if (status === 0) return stdout.trim();
  throw new Error(`status ${status}: ${stdout}${stderr}`);
}

/** A mount namespace in which /run/iopath and /run/netns are empty and nobody else's. */
export function withOwnRun(...options: readonly string[]): string[] {
  const mounts =
    'mount -t tmpfs none /run/netns && mkdir -p /run/iopath && mount -t tmpfs "$0" none /run/iopath && exec "$@"';
  return ["unshare", "-m", "sh", "-c", mounts, options[0] ?? "-orw"];
}

/**
 * What `asked`, the text of an object of functions, says with no descriptor left to this process:
 * by its name what each throws, or that it returned.
 */
export function withoutDescriptors(before: string, asked: string): Record<string, string> {
  const code = `import * as fs from "node:fs";
    ${before};
    const asked = ${asked};
    const taken = [];
    try { for (;;) taken.push(fs.openSync("/dev/null")); } catch {}
    const said = Object.entries(asked).map(([name, ask]) => {
      try { return [name, "returned " + JSON.stringify(ask())]; }
      catch (error) { return [name, error.message]; }
    });
    for (const fd of taken) fs.closeSync(fd);
    console.log(JSON.stringify(Object.fromEntries(said)));`;
  return JSON.parse(runCode(code, ["prlimit", "--nofile=100"]));
}
