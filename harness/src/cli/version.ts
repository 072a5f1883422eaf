/** `iopath --version`: what to name in a report. */
import { readEnvironment } from "../environment/environment.ts";

/** "iopath 0.1.0 (commit 1d2db6e0c1aa), Node 26.10.0, linux x64" */
export function describeVersion(): string {
  const { iopath, revision, revisionDirty, node, architecture } = readEnvironment();
  const changes = revisionDirty === true ? ", with changes" : "";
  const commit = `commit ${revision === "unknown" ? revision : revision.slice(0, 12)}${changes}`;
  return `iopath ${iopath} (${commit}), Node ${node}, ${process.platform} ${architecture}`;
}
