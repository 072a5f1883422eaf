/** Sums behind a constant write that one vector addition can do at once. */
import type { Statement, Write } from "../tree.ts";

export const vectorBytes = 16;

/** A constant to add to a field. */
export interface Sum {
  readonly at: number;
  readonly width: 8 | 16 | 32;
  readonly by: number;
}

/**
 * The sums right behind a write that fit into lanes of the 16 bytes behind it, no byte in two of
 * them.
 */
export function sumsBehind(write: Write, statements: readonly Statement[]): Sum[] {
  const window = write.at + write.bytes.length;
  const found: Sum[] = [];
  if (write.bytes.length > vectorBytes || window + vectorBytes > write.guaranteed) return found;
  for (const statement of statements) {
    const sum = sumOf(statement);
    if (!sum) break;
    const { at, width } = sum;
    const end = at + width / 8;
    const isLane = (at - window) % (width / 8) === 0;
    const isFree = found.every((other) => end <= other.at || other.at + other.width / 8 <= at);
    if (at < window || end > window + vectorBytes || !isLane || !isFree) break;
    found.push(sum);
  }
  return found;
}

function sumOf(statement: Statement): Sum | undefined {
  if (statement.kind !== "store" || statement.value.kind !== "binary") return undefined;
  const { field, value } = statement;
  const { operation, left, right } = value;
  const isSame = left.kind === "field" && left.at === field.at && left.width === field.width;
  const isSum = operation === "plus" || operation === "minus";
  if (!isSame || !isSum || right.kind !== "constant") return undefined;
  const by = operation === "plus" ? right.value : -right.value;
  return { at: field.at, width: field.width, by };
}

/** A vector that has each constant in the lane of its field. */
export function lanes(sums: readonly Sum[], window: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(vectorBytes));
  for (const { at, width, by } of sums) {
    if (width === 8) view.setInt8(at - window, by);
    else if (width === 16) view.setInt16(at - window, by, true);
    else view.setInt32(at - window, by, true);
  }
  return new Uint8Array(view.buffer);
}
