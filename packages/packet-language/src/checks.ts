/**
 * What is wrong with a listing that types cannot tell, found while it is written: a field beyond
 * the bytes that the frame is known to have, a value that a write has changed since, an expression
 * that needs more registers than there are, a value outside of its `if`, a statement that no frame
 * reaches.
 */
import { type Line, ListingError, quote } from "./line.ts";
import { type Field, type Local, nodesOf, type Tree } from "./tree.ts";

/** What the eBPF compiler evaluates an expression in. */
export const expressionRegisters = 3;

/** What is known at one point of the listing. */
interface State {
  /** How many bytes the frame has at least. */
  readonly guaranteed: number;
  /** What may have been written on the way here. */
  readonly writes: readonly FrameWrite[];
  readonly locals: readonly Local[];
  /** Whether every frame was dropped before. */
  readonly ended: boolean;
}
interface FrameWrite {
  readonly number: number;
  readonly at: number;
  readonly end: number;
  readonly line: Line;
}

export class Checks {
  state: State = { guaranteed: 0, writes: [], locals: [], ended: false };
  /** Of the whole listing; a field keeps the number, to know which writes came after it. */
  writes = 0;
  /** Bytes of the frame up to the last one that is read or written. */
  bytesTouched = 0;

  /** To be asked first for each statement. */
  reached(line: Line): void {
    if (!this.state.ended) return;
    throw new ListingError("no frame gets here: all are dropped before", line);
  }

  atLeast(bytes: number, line: Line): void {
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > 0x7fff) {
      throw new ListingError(`atLeast takes 1 to 32767 bytes, not ${bytes}`, line);
    }
    const guaranteed = Math.max(bytes, this.state.guaranteed);
    this.state = { ...this.state, guaranteed };
  }

  define(local: Local): void {
    this.state = { ...this.state, locals: [...this.state.locals, local] };
  }

  end(): void {
    this.state = { ...this.state, ended: true };
  }

  /** Behind an `if`, what holds in both branches holds. */
  branch(body: () => void, otherwise: () => void): void {
    const before = this.state;
    const ends = [body, otherwise].map((write) => {
      this.state = before;
      write();
      return this.state;
    });
    const open = ends.filter(({ ended }) => !ended);
    this.state = {
      guaranteed: Math.min(...open.map(({ guaranteed }) => guaranteed)),
      writes: [...new Set(open.flatMap(({ writes }) => writes))],
      locals: before.locals,
      ended: open.length === 0,
    };
  }

  /** A statement needs these values at the same time. */
  read(trees: readonly Tree[], line: Line): void {
    for (const field of nodesOf("field", trees)) {
      this.#within(field.at, field.width / 8, line);
      this.#unchanged(field, line);
    }
    for (const local of nodesOf("local", trees)) {
      if (this.state.locals.includes(local)) continue;
      throw new ListingError("this value is of a let in an if that has ended, or elsewhere", line);
    }
    const [first, second] = trees.map(registersOf) as [number, number?];
    const registers = Math.max(first, second === undefined ? 0 : Math.min(first, 1) + second);
    if (registers <= expressionRegisters) return;
    const problem = `this needs ${registers} registers, and there are ${expressionRegisters}`;
    throw new ListingError(`${problem}: name a part of the expression with let`, line);
  }

  write(at: number, bytes: number, line: Line): void {
    this.#within(at, bytes, line);
    const write = { number: this.writes++, at, end: at + bytes, line };
    this.state = { ...this.state, writes: [...this.state.writes, write] };
  }

  #within(at: number, bytes: number, line: Line): void {
    const { guaranteed } = this.state;
    this.bytesTouched = Math.max(this.bytesTouched, at + bytes);
    if (Number.isInteger(at) && at >= 0 && at + bytes <= guaranteed) return;
    const known = guaranteed === 0 ? "no atLeast comes before" : `atLeast says ${guaranteed} bytes`;
    throw new ListingError(`bytes ${at} to ${at + bytes - 1} may not be there: ${known}`, line);
  }

  #unchanged({ at, width, writesBefore }: Field, line: Line): void {
    const changes = ({ number, ...write }: FrameWrite) =>
      number >= writesBefore && write.at < at + width / 8 && at < write.end;
    const write = this.state.writes.find(changes);
    if (!write) return;
    const problem = `the ${width / 8} bytes at ${at} were written after this value of them was named`;
    const remedy = "keep the value with let before the write, or name the field again behind it";
    throw new ListingError(`${problem}: ${remedy}\n  ${quote(write.line)}`, line);
  }
}

/** How many registers the eBPF compiler needs; a local may lie on the stack. */
function registersOf(tree: Tree): number {
  if (tree.kind === "constant" || tree.kind === "length") return 0;
  if (tree.kind === "swap") return Math.max(1, registersOf(tree.of));
  if (tree.kind !== "binary") return 1;
  return Math.max(1, registersOf(tree.left), 1 + registersOf(tree.right));
}
