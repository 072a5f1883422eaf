/**
 * `CITATION.cff`: how to cite a published run (Citation File Format 1.2.0,
 * https://citation-file-format.github.io).
 */
import type { RunHead } from "../files/results-json.ts";

export const citationName = "CITATION.cff";

/** YAML whose values are quoted as JSON, part of YAML 1.2: no text can break out of its field. */
export function toCitation(
  { runId, startedAt, environment }: RunHead,
  author: string,
  title = "What one forwarded frame costs over several Linux I/O paths",
): string {
  const { cpuModel, kernel, iopath, revision } = environment;
  const fields = {
    "cff-version": "1.2.0",
    message: "If you use these figures, please cite them as below.",
    type: "dataset",
    title: `${title}: iopath run ${runId}`,
    abstract: `Measured with iopath ${iopath}, revision ${revision}, on ${cpuModel}, Linux ${kernel}.`,
    version: runId,
    "date-released": startedAt.slice(0, 10),
    license: "Apache-2.0",
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `${lines.join("\n")}\nauthors:\n  - name: ${JSON.stringify(author)}\n`;
}
