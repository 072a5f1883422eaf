/** A job, as the files in the guest's share that the agent (agent.sh) reads it from. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface JobOptions {
  /** Wall time on the host, whatever the guest's clock says. */
  readonly limitMs: number;
  /** Where it runs; the folder of this process when it is not said. */
  readonly folder?: string;
  /** Added to a search path and a home folder. */
  readonly environment?: Readonly<Record<string, string>>;
  /** All of standard input. */
  readonly input?: string;
  readonly onOutput?: (chunk: Buffer) => void;
  readonly onError?: (chunk: Buffer) => void;
}

const basicEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  TERM: "dumb",
  LANG: "C.UTF-8",
};

export type Command = readonly [program: string, ...args: string[]];

/** @param folder the job's own, made here */
export function writeJob(folder: string, command: Command, options: JobOptions): void {
  const environment = Object.entries({ ...basicEnvironment, ...options.environment });
  mkdirSync(folder);
  writeFileSync(join(folder, "arguments"), strings(command));
  writeFileSync(join(folder, "environment"), strings(environment.map(([k, v]) => `${k}=${v}`)));
  writeFileSync(join(folder, "folder"), options.folder ?? process.cwd());
  writeFileSync(join(folder, "input"), options.input ?? "");
}

function strings(values: readonly string[]): string {
  const bad = values.find((value) => value.includes("\0"));
  if (bad !== undefined) throw new TypeError(`a NUL in ${JSON.stringify(bad)}`);
  return values.map((value) => `${value}\0`).join("");
}
