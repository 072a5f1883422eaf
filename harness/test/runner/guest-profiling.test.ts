import { expect, it } from "vitest";
import { parseAddresses } from "../../src/runner/guest-profiling.ts";

const symbols = [
  "ffffffff82200000 T __entry_text_start",
  "ffffffff82201b2d T __entry_text_end",
  "ffffffff82200020 T __switch_to_asm",
];

it("the kernel's addresses are read by their names", () => {
  expect(parseAddresses(`${symbols.toReversed().join("\n")}\n`)).toEqual({
    __entry_text_start: "ffffffff82200000",
    __entry_text_end: "ffffffff82201b2d",
    __switch_to_asm: "ffffffff82200020",
  });
});

it.each([
  ["without /proc/kallsyms", ""],
  [
    "that hides its addresses",
    symbols.map((line) => line.replace(/^f\w+/, "0000000000000000")).join("\n"),
  ],
])("a kernel %s is refused, with the options to build it with", (_what, text) => {
  expect(() => parseAddresses(text)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining("__entry_text_start, __entry_text_end, __switch_to_asm"),
      remedy: expect.stringContaining("CONFIG_KALLSYMS=y"),
    }),
  );
});
