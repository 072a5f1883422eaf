/** What is undone when a process ends that has not undone it, as after `process.exit`. */
import { explain, troubleOf } from "@iopath/contract";

/** In the order in which they were asked for. */
const undoings = new Set<() => void>();

/** One listener for all: Node warns of more than ten, and a row of labs has two namespaces each. */
function undoAll(): void {
  for (const undo of undoings) {
    try {
      undo();
    } catch (error) {
      process.stderr.write(`iopath: while tidying up: ${explain(troubleOf(error) ?? error)}\n`);
    }
  }
}

/**
 * Undoes something when the process ends, unless disposed before. A failure then goes to
 * standard error: thrown, it would keep others from undoing theirs.
 *
 * @param undo a function of its own for each call
 */
export function atExit(undo: () => void): Disposable {
  if (undoings.size === 0) process.on("exit", undoAll);
  undoings.add(undo);
  return {
    [Symbol.dispose]() {
      undoings.delete(undo);
      if (undoings.size === 0) process.off("exit", undoAll);
    },
  };
}
