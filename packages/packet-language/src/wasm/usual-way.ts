/**
 * The way of a frame that is forwarded without a closer look: of a listing, the statements that it
 * meets, and one exit for all frames that it does not suit. These go through the whole listing from
 * its beginning, so the exit may lie behind nothing that can be noticed.
 */
import { nodesOf, opposite, type Statement } from "../tree.ts";

/** @returns undefined for a listing that drops frames, or looks closer, behind what it did */
export function usualWay(statements: readonly Statement[]): readonly Statement[] | undefined {
  const way = statements.flatMap(passing);
  const done = way.findIndex((statement) => has(statement, ["store", "write", "count"]));
  const mayLeaveLate = done >= 0 && way.slice(done).some((one) => has(one, ["drop", "atLeast"]));
  return mayLeaveLate ? undefined : way;
}

/** An `unless` asks for what is usual: whatever is not leaves. */
function passing(statement: Statement): readonly Statement[] {
  if (statement.kind !== "if" || statement.body.length > 0) return [statement];
  return statement.all.map((one) => {
    const when = { ...one, operation: opposite[one.operation] };
    return { kind: "drop", reason: 0, when, line: statement.line };
  });
}

function has(statement: Statement, kinds: readonly Statement["kind"][]): boolean {
  return kinds.some((kind) => !nodesOf(kind, statement).next().done);
}
