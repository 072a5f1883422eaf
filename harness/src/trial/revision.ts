/** A revision of iopath as a folder of files that is installed: what is run is what lies there. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Testbed } from "@iopath/lab";
import { loaderFlags } from "@iopath/native";
import { type Named, namedEarlier } from "../paths/earlier-names.ts";

export interface Revision {
  /** "this work tree", or the revision as it was named with its short hash. */
  readonly label: string;
  readonly root: string;
}

/** The files that this process is of, changed or not. */
export const ownRevision: Revision = {
  label: "this work tree",
  root: resolve(import.meta.dirname, "../../.."),
};

/** Where the program of a lane lies: today, and in earlier revisions. */
export const laneFiles = ["harness/src/lanes/lane.ts", "harness/src/gate/paired/lane.ts"] as const;

export function laneProgram({ root }: Revision): string {
  const files = laneFiles.map((file) => join(root, file));
  return files.find((file) => existsSync(file)) ?? files[0]!;
}

export function trialProgram({ root }: Revision): string {
  return join(root, "harness/src/trial/main.ts");
}

/** Whether a request can name a workload: earlier revisions read past the name. */
export function knowsWorkloads({ root }: Revision): boolean {
  return existsSync(join(root, "harness/src/workloads"));
}

/**
 * A request as programs of the revision read it. Earlier ones know earlier names, and have the
 * testbed under `place`, with a name in it. Only labs are handed to other revisions: their name was
 * "host".
 */
export function requestTo<Request extends Named & { readonly testbed: Testbed }>(
  { root }: Revision,
  request: Request,
): object {
  if (root === ownRevision.root) return request;
  return { ...namedEarlier(request), place: { ...request.testbed, name: "host" } };
}

/** The Node that the revision brings along: another Node is part of what changed. */
export function nodeOf({ root }: Revision): string {
  const own = join(root, "node_modules/.bin/node");
  return existsSync(own) ? own : process.execPath;
}

/**
 * What its processes see. Revisions without a loader strip their types in the process that
 * measures, unless they find their code compiled: in a folder of their own.
 */
export function environmentOf({ root }: Revision): NodeJS.ProcessEnv {
  if (loaderFlags(root).length > 0) return process.env;
  return { ...process.env, NODE_COMPILE_CACHE: join(root, "node_modules/.cache/iopath-trials") };
}
