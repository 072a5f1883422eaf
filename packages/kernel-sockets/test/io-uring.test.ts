import { IopathError } from "@iopath/contract";
import { errnoOf, SystemError } from "@iopath/native";
import { expect, it } from "vitest";
import { refusalBySetting } from "../src/io-uring.ts";

const refused = new SystemError("set up an io_uring", errnoOf("EPERM"));

it("a ring that the kernel's setting forbids is refused with the setting", () => {
  const told = refusalBySetting(refused, "2\n") as IopathError;
  expect(told).toBeInstanceOf(IopathError);
  expect(told.message).toBe("set up an io_uring: EPERM; kernel.io_uring_disabled is 2");
  expect(told.remedy).toBe("`sysctl kernel.io_uring_disabled=0`");
});

it("a ring that something else forbids is not", () => {
  expect(refusalBySetting(refused, "0\n")).toBe(refused);
  const other = new SystemError("set up an io_uring", errnoOf("ENOMEM"));
  expect(refusalBySetting(other, "2\n")).toBe(other);
});
