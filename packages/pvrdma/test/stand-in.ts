/**
 * The stand-in HCA in the place of libibverbs, in a process of its own: verbs without a guest. For
 * tests of our verbs and of the stand-in; what is measured has a real driver in between.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";

const sources = resolve(import.meta.dirname, "../../lab/stand-in-hca");
const program = join(import.meta.dirname, "scenarios.ts");
const limitMs = 240_000;

export interface StandIn extends Disposable {
  /** Runs a scenario of `scenarios.ts`; returns what it printed as JSON. */
  run(scenario: string, device?: string, environment?: NodeJS.ProcessEnv): unknown;
  /**
   * Starts a program on an HCA of its own, number 0 or 1, wired to the other; its JSON when it
   * ends.
   */
  start(command: readonly string[], number: number): Promise<unknown>;
}

export function compileStandIn(): StandIn {
  const folder = mkdtempSync(join(tmpdir(), "iopath-stand-in-hca-"));
  const code = readdirSync(sources)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(sources, name));
  const options = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
  execFileSync("gcc", [...options, "-o", join(folder, "libibverbs.so.1"), ...code]);
  return {
    async start(command, number) {
      const env = {
        ...process.env,
        LD_LIBRARY_PATH: folder,
        STAND_IN_HCA_WIRE: folder,
        STAND_IN_HCA_GIDS: `fe80::${number + 1}`,
      };
      const child = spawn(process.execPath, command, { env, timeout: limitMs });
      const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
      if (output === "") throw new Error(`${command.join(" ")}: ${complaint}`);
      return JSON.parse(output);
    },
    run(scenario, device = "standin0", environment = {}) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, scenario, device], {
        encoding: "utf8",
        timeout: limitMs,
        env: {
          ...process.env,
          ...{ LD_LIBRARY_PATH: folder, STAND_IN_HCA_GIDS: "fe80::1,fe80::2" },
          ...environment,
        },
      });
      if (status !== 0) throw new Error(`scenario ${scenario} ended with ${status}: ${stderr}`);
      return JSON.parse(stdout);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
