import type { Testbed } from "@iopath/lab";
import { expect, it } from "vitest";
import { ownRevision, requestTo } from "../src/trial/revision.ts";

const testbed = { class: "virtual" } as Testbed;
const request = { path: "userspace-pmd", variant: "net-null", testbed };
const other = { label: "abc", root: "/tmp/other" };

it("asks its own programs for a testbed", () => {
  expect(requestTo(ownRevision, request)).toEqual(request);
});

it("asks programs of other revisions by the names that they know as well", () => {
  const place = { ...testbed, name: "host" };
  expect(requestTo(other, request)).toEqual({ ...request, variant: "null", place });
  const alone = { ...request, path: "tester-only", variant: "direct" };
  expect(requestTo(other, alone)).toEqual({ ...alone, path: "null", variant: "none", place });
  const same = { ...request, path: "xdp", variant: "native" };
  expect(requestTo(other, same)).toEqual({ ...same, place });
});
