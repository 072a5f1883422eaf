import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newListing } from "../src/index.ts";
import { constructs, framesFrom } from "./constructs.ts";
import { hooks, inKernel, isTooShortFor } from "./in-kernel.ts";
import { interpret } from "./interpreter.ts";
import { listingOf } from "./sketch.ts";

describe.each(hooks)("eBPF at the hook of %s", (hook) => {
  it.each(Object.entries(constructs))("does as the interpreter: %s", (_construct, programs) => {
    fc.assert(
      fc.property(programs, framesFrom(15), (steps, all) => {
        const frames = all.filter((frame) => !isTooShortFor(hook, frame));
        using program = inKernel(listingOf(steps), hook);
        expect(program.run(frames)).toEqual(interpret(steps, frames));
      }),
      { numRuns: 100 },
    );
  });
});

describe("a listing that the verifier refuses", () => {
  it("is reported with the verifier's words and the line that it was at", () => {
    const reasons = ["short"] as const;
    const { statements, ...rest } = newListing({ name: "unchecked", reasons }, (p, frame) => {
      p.atLeast(14, "short");
      p.set(frame.u8(11), 7);
    });
    const line = statements[1]!.line.number;
    const unchecked = { ...rest, statements: statements.slice(1) };
    const refused = new RegExp(
      `refused XDP program unchecked \\(EACCES\\):(.|\n)*invalid access to packet(.|\n)*` +
        `at ebpf.machine.test.ts:${line}: p.set\\(frame.u8\\(11\\), 7\\);`,
    );
    expect(() => inKernel(unchecked, "xdp")).toThrow(refused);
  });
});
