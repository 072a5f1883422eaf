/** The other end of a `LineProcess`: lines of standard input, and an answer to each. */
import { readSync, writeSync } from "node:fs";
import { explain, troubleOf } from "@iopath/contract";

const standardInput = 0;
const standardOutput = 1;

/** Lines of standard input, read when asked for: nothing runs while a line is waited for. */
export function* linesOfInput(): Generator<string> {
  const chunk = Buffer.alloc(1 << 16);
  let pending = "";
  for (;;) {
    const bytes = readSync(standardInput, chunk);
    if (bytes === 0) return;
    pending += chunk.toString("utf8", 0, bytes);
    for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n")) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 1);
      yield line;
    }
  }
}

export function answer(message: object): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(standardOutput, bytes, at);
}

/** Does the work of a process; what goes wrong is its last answer. */
export async function answering(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    answer({ status: "failed", reason: explain(troubleOf(error) ?? error) });
  }
}
