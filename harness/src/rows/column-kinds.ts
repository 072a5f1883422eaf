/** What each column of a row holds, read from the schema of the rows. */
import { rowJsonSchema } from "./row.ts";

export interface ColumnKind {
  readonly name: string;
  readonly holds: "text" | "integer" | "number" | "date-time";
  /** The only texts that it may hold; undefined where any may stand. */
  readonly words?: readonly string[];
  /** Whether it may be empty although it holds no text. */
  readonly nullable: boolean;
  readonly description: string;
}

/** A property of a JSON Schema, as far as zod writes them for rows. */
interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly anyOf?: readonly Property[];
}

/** In the order of the columns. */
export const columnKinds: readonly ColumnKind[] = Object.entries(
  (rowJsonSchema() as { properties: Record<string, Property> }).properties,
).map(([name, property]) => {
  const inner = property.anyOf?.find(({ type }) => type !== "null") ?? property;
  return {
    name,
    holds: holdsOf(inner),
    ...(inner.enum ? { words: inner.enum } : {}),
    nullable: property.anyOf?.some(({ type }) => type === "null") ?? false,
    description: property.description ?? inner.description ?? "",
  };
});

function holdsOf({ type, format }: Property): ColumnKind["holds"] {
  if (format === "date-time") return "date-time";
  return type === "integer" || type === "number" ? type : "text";
}
