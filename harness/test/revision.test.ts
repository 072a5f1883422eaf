import type { Testbed } from "@iopath/lab";
import { expect, it } from "vitest";
import { ownRevision, requestTo } from "../src/trial/revision.ts";

const testbed = { class: "virtual" } as Testbed;

it("asks its own programs for a testbed", () => {
  expect(requestTo(ownRevision, { testbed })).toEqual({ testbed });
});

it("asks programs of other revisions by the names that they know as well", () => {
  const other = { label: "abc", root: "/tmp/other" };
  const place = { ...testbed, name: "host" };
  expect(requestTo(other, { testbed })).toEqual({ testbed, place });
});
