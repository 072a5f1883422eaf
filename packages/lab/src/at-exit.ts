/** What is undone when a process ends that has not undone it, as after `process.exit`. */
import { explain, troubleOf } from "@iopath/contract";

/**
 * Undoes something when the process ends, unless disposed before. What fails then is told on
 * standard error: thrown, it would keep others from undoing theirs.
 */
export function atExit(undo: () => void): Disposable {
  const listener = () => {
    try {
      undo();
    } catch (error) {
      process.stderr.write(`iopath: while tidying up: ${explain(troubleOf(error) ?? error)}\n`);
    }
  };
  process.on("exit", listener);
  return { [Symbol.dispose]: () => process.off("exit", listener) };
}
