/**
 * The language in which a workload is written: what is done to one frame. A listing is ordinary
 * TypeScript that runs once; each call adds a statement, is checked at once, and keeps the line
 * that it stands in.
 */
import { Checks } from "./checks.ts";
import { callersLine, type Line, ListingError } from "./line.ts";
import {
  type Comparison,
  type Condition,
  compare,
  type Field,
  type Listing,
  type Local,
  type Operation,
  operate,
  type Statement,
  swap,
  type Tree,
  type Width,
} from "./tree.ts";

type Operand = Value | number;

const macBytes = 12;

/** An unsigned 32-bit number. A field is loaded wherever its value is used; `let` loads it once. */
export class Value {
  readonly tree: Tree;
  constructor(tree: Tree) {
    this.tree = tree;
  }
  plus = (other: Operand) => this.#with("plus", other);
  minus = (other: Operand) => this.#with("minus", other);
  and = (other: Operand) => this.#with("and", other);
  or = (other: Operand) => this.#with("or", other);
  shiftLeft = (bits: number) => this.#with("shiftLeft", integer(bits, 0, 31));
  shiftRight = (bits: number) => this.#with("shiftRight", integer(bits, 0, 31));
  is = (other: Operand) => this.#compare("is", other);
  isNot = (other: Operand) => this.#compare("isNot", other);
  isBelow = (other: Operand) => this.#compare("isBelow", other);
  isAbove = (other: Operand) => this.#compare("isAbove", other);
  isAtLeast = (other: Operand) => this.#compare("isAtLeast", other);
  isAtMost = (other: Operand) => this.#compare("isAtMost", other);

  #with = (operation: Operation, other: Operand) =>
    new Value(operate(operation, this.tree, treeOf(other)));
  #compare = (comparison: Comparison, other: Operand) =>
    compare(comparison, this.tree, treeOf(other));
}

function treeOf(operand: Operand): Tree {
  if (typeof operand !== "number") return operand.tree;
  return { kind: "constant", value: integer(operand, 0, 2 ** 32 - 1) };
}

function integer(value: number, least: number, most: number, line = callersLine()): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ListingError(`${value} is no integer from ${least} to ${most}`, line);
}

/** A value that has a place in the frame, and so can be set. */
export class Place extends Value {
  readonly field: Field;
  /** The value as it is stored in the field, or the other way round. */
  readonly turned: (tree: Tree) => Tree;
  constructor(field: Field, turned: (tree: Tree) => Tree = (tree) => tree) {
    super(turned(field));
    this.field = field;
    this.turned = turned;
  }
}

/** The frame's fields by their first byte, in network order or raw. */
export class Frame {
  /** How many bytes it has. */
  readonly bytes = new Value({ kind: "length" });
  readonly #checks: Checks;
  constructor(checks: Checks) {
    this.#checks = checks;
  }
  u8 = (at: number) => new Place(this.#field(8, at));
  u16 = (at: number) => new Place(this.#field(16, at), (tree) => swap(16, tree));
  u32 = (at: number) => new Place(this.#field(32, at), (tree) => swap(32, tree));
  /** As they lie in memory, little-endian: for bytes that only move, and for Internet checksums. */
  raw16 = (at: number) => new Place(this.#field(16, at));
  raw32 = (at: number) => new Place(this.#field(32, at));

  #field = (width: Width, at: number): Field => {
    return { kind: "field", width, at, writesBefore: this.#checks.writes };
  };
}

export interface About<Reason extends string, Counter extends string> {
  readonly name: string;
  /** Why a frame may be dropped, in the order of the counts. */
  readonly reasons: readonly Reason[];
  /** What else is counted. */
  readonly counters?: readonly Counter[];
  /**
   * Reason to drop a VLAN-tagged frame in traffic control, where the tag does not lie among the
   * frame's bytes. A listing that looks behind the MACs must give it: elsewhere it finds the tag
   * there.
   */
  readonly tagged?: Reason;
}

/** Writes a listing. @throws ListingError that names the line, for what is wrong with it */
export function newListing<Reason extends string, Counter extends string = never>(
  { name, reasons, counters = [], tagged }: About<Reason, Counter>,
  write: (p: Program<Reason, Counter>, frame: Frame) => void,
): Listing {
  const line = callersLine();
  const checks = new Checks();
  const p = new Program(reasons, counters, checks);
  write(p, new Frame(checks));
  const { statements } = p;
  const refuse = (problem: string) => new ListingError(`${name} ${problem}`, line);
  if (checks.state.ended) throw refuse("forwards no frame");
  if (statements[0]?.kind !== "atLeast") throw refuse("does not begin with atLeast");
  const names = [...reasons, ...counters];
  if (new Set(names).size < names.length) throw refuse("has two reasons or counters of one name");
  if (tagged === undefined && checks.bytesTouched > macBytes) {
    throw refuse('looks behind the MACs: "tagged" must say for which reason a VLAN tag is dropped');
  }
  const taggedReason = tagged === undefined ? undefined : indexOf(reasons, tagged, "reason", line);
  return { name, reasons, counters, tagged: taggedReason, statements };
}

/** The listing that is being written. A frame that gets to its end is forwarded. */
export class Program<Reason extends string, Counter extends string> {
  readonly #reasons: readonly Reason[];
  readonly #counters: readonly Counter[];
  readonly #checks: Checks;
  #statements: Statement[] = [];
  #locals = 0;

  constructor(reasons: readonly Reason[], counters: readonly Counter[], checks: Checks) {
    this.#reasons = reasons;
    this.#counters = counters;
    this.#checks = checks;
  }

  get statements(): readonly Statement[] {
    return this.#statements;
  }

  /** Drops a frame of fewer bytes; behind it, fields within `bytes` can be reached. */
  atLeast(bytes: number, reason: Reason): void {
    const line = this.#begin();
    this.#checks.atLeast(bytes, line);
    this.#statements.push({ kind: "atLeast", bytes, reason: this.#reason(reason, line), line });
  }

  /** Drops the frame if any of the conditions holds; without a condition, always. */
  drop(reason: Reason, ...whenAny: Condition[]): void {
    const line = this.#begin();
    const index = this.#reason(reason, line);
    for (const when of whenAny.length > 0 ? whenAny : [undefined]) {
      if (when) this.#checks.read([when.left, when.right], line);
      else this.#checks.end();
      this.#statements.push({ kind: "drop", reason: index, when, line });
    }
  }

  /** Counts the frame. */
  count(counter: Counter): void {
    const line = this.#begin();
    const index = indexOf(this.#counters, counter, "counter", line);
    this.#statements.push({ kind: "count", counter: index, line });
  }

  /** The value as it is here, whatever is written later. */
  let({ tree }: Value): Value {
    const line = this.#begin();
    this.#checks.read([tree], line);
    const local: Local = { kind: "local", local: this.#locals++ };
    this.#checks.define(local);
    this.#statements.push({ kind: "let", local, value: tree, line });
    return new Value(local);
  }

  /** Writes a field; what does not fit into its width is cut off. */
  set({ field, turned }: Place, value: Operand): void {
    const line = this.#begin();
    if (typeof value === "number") integer(value, 0, 2 ** field.width - 1, line);
    this.#store(field, turned(treeOf(value)), line);
  }

  /** Adds a constant, which may be negative, to what the field has here. */
  add({ field, turned }: Place, by: number): void {
    const line = this.#begin();
    const right: Tree = { kind: "constant", value: integer(by, -(2 ** 31), 2 ** 32 - 1, line) };
    const now = { ...field, writesBefore: this.#checks.writes };
    this.#store(now, turned({ kind: "binary", operation: "plus", left: turned(now), right }), line);
  }

  /** Writes bytes that are always the same. */
  write(at: number, bytes: Uint8Array): void {
    const line = this.#begin();
    this.#checks.write(at, bytes.length, line);
    const { guaranteed } = this.#checks.state;
    this.#statements.push({ kind: "write", at, bytes: bytes.slice(), guaranteed, line });
  }

  /** Does `body` if all conditions hold; the first that does not ends the question. */
  if(all: readonly Condition[], body: () => void, otherwise: () => void = () => {}): void {
    const line = this.#begin();
    if (all.length === 0) throw new ListingError("an if needs a condition", line);
    for (const { left, right } of all) this.#checks.read([left, right], line);
    const outer = this.#statements;
    const branches: Statement[][] = [[], []];
    const nested = (branch: Statement[], write: () => void) => () => {
      this.#statements = branch;
      write();
    };
    this.#checks.branch(nested(branches[0]!, body), nested(branches[1]!, otherwise));
    this.#statements = outer;
    outer.push({ kind: "if", all, body: branches[0]!, otherwise: branches[1]!, line });
  }

  /** Does `body` unless all conditions hold. */
  unless(all: readonly Condition[], body: () => void): void {
    this.if(all, () => {}, body);
  }

  #begin(): Line {
    const line = callersLine();
    this.#checks.reached(line);
    return line;
  }

  #store(field: Field, value: Tree, line: Line): void {
    this.#checks.read([value], line);
    this.#checks.write(field.at, field.width / 8, line);
    this.#statements.push({ kind: "store", field, value, line });
  }

  #reason(reason: Reason, line: Line): number {
    return indexOf(this.#reasons, reason, "reason", line);
  }
}

function indexOf(names: readonly string[], name: string, what: string, line: Line): number {
  const index = names.indexOf(name);
  if (index >= 0) return index;
  throw new ListingError(`no ${what} "${name}" is declared: there are ${names.join(", ")}`, line);
}
