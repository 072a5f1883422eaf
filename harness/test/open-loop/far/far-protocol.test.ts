import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import {
  endsRequestSchema,
  farAnswer,
  farProtocol,
} from "../../../src/open-loop/far/far-protocol.ts";

/** What each protocol says, by its number. */
const known: Readonly<Record<number, string>> = { 1: "3ae013ad4ae2" };

it("what is said to a tester on another machine is what its protocol's number stands for", () => {
  const schemas = [endsRequestSchema, farAnswer].map((schema) => z.toJSONSchema(schema));
  const digest = createHash("sha256").update(JSON.stringify(schemas)).digest("hex").slice(0, 12);
  // Another digest is another protocol: give it a new number, and a line above.
  expect(known[farProtocol]).toBe(digest);
});
