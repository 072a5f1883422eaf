import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Frame, ListingError, newListing, type Program } from "../src/index.ts";

type P = Program<"short" | "other", "seen">;
const about = {
  name: "tried",
  reasons: ["short", "other"],
  counters: ["seen"],
  tagged: "other",
} as const;

/** What the language says of a listing; "" if nothing. */
function problemOf(write: (p: P, frame: Frame) => void): string {
  try {
    newListing(about, write);
    return "";
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    return error.message;
  }
}

/** The line of this file that a text stands in, once. */
function lineOf(text: string): number {
  const lines = readFileSync(import.meta.filename, "utf8").split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}

describe("a field", () => {
  it("beyond what atLeast says is refused, with the line", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(34, "short");
      p.drop("other", frame.u16(33).is(7_001));
    });
    expect(problem).toContain("bytes 33 to 34 may not be there: atLeast says 34 bytes");
    expect(problem).toContain(`language.test.ts:${lineOf("7_001")}: p.drop("other"`);
  });

  it("before any atLeast is refused", () => {
    const problem = problemOf((p, frame) => p.drop("other", frame.u8(0).is(1)));
    expect(problem).toContain("no atLeast comes before");
  });

  it("that only an atLeast inside an if guarantees is refused behind the if", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(14, "short");
      p.if([frame.u8(0).is(1)], () => {
        p.atLeast(40, "short");
        p.set(frame.u8(39), 1);
      });
      p.set(frame.u8(39), 2);
    });
    expect(problem).toContain("bytes 39 to 39 may not be there: atLeast says 14 bytes");
  });

  it("that both branches of an if guarantee is allowed behind it", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(14, "short");
      p.if(
        [frame.u8(0).is(1)],
        () => p.atLeast(40, "short"),
        () => p.drop("other"),
      );
      p.set(frame.u8(39), 2);
    });
    expect(problem).toBe("");
  });

  it("at no byte of the frame is refused", () => {
    for (const at of [-1, 1.5, Number.NaN]) {
      const problem = problemOf((p, frame) => {
        p.atLeast(14, "short");
        p.set(frame.u8(at), 1);
      });
      expect(problem).toContain("may not be there");
    }
  });
});

describe("a value", () => {
  it("used behind a write that changed it is refused, with both lines", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(34, "short");
      const wide = frame.u32(20);
      p.set(frame.u8(23), 7_002);
      p.drop("other", wide.is(1));
    });
    expect(problem).toContain("7002 is no integer from 0 to 255");
    const stale = problemOf((p, frame) => {
      p.atLeast(34, "short");
      const wide = frame.u32(20);
      p.set(frame.u8(23), 0x73);
      p.drop("other", wide.is(7_003));
    });
    expect(stale).toContain("the 4 bytes at 20 were written after this value of them was named");
    expect(stale).toContain(`language.test.ts:${lineOf("0x73)")}: p.set`);
    expect(stale).toContain(`language.test.ts:${lineOf("7_003")}: p.drop`);
  });

  it("kept by let, or named again behind the write, can be used", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(34, "short");
      const before = p.let(frame.u8(22));
      p.add(frame.u8(22), -1);
      p.drop("other", before.is(1), frame.u8(22).is(0));
    });
    expect(problem).toBe("");
  });

  it("changed in one branch of an if is refused behind the if, and allowed in the other branch", () => {
    const write = (behind: boolean) => (p: P, frame: Frame) => {
      p.atLeast(34, "short");
      const before = frame.u8(22);
      p.if(
        [before.is(1)],
        () => p.set(frame.u8(22), 5),
        () => p.set(frame.u8(0), before),
      );
      if (behind) p.set(frame.u8(1), before);
    };
    expect(problemOf(write(false))).toBe("");
    expect(problemOf(write(true))).toContain("were written after");
  });

  it("of a let inside an if is refused behind it", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(14, "short");
      const kept: ReturnType<P["let"]>[] = [];
      p.if([frame.u8(0).is(1)], () => kept.push(p.let(frame.u8(1))));
      p.set(frame.u8(2), kept[0]!);
    });
    expect(problem).toContain("this value is of a let in an if that has ended");
  });

  it("that needs too many registers is refused, with what to do", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(34, "short");
      const [a, b, c, d] = [frame.u8(0), frame.u8(1), frame.u8(2), frame.u8(3)];
      p.set(frame.u8(4), a.plus(b.plus(c.plus(d))));
    });
    expect(problem).toContain("this needs 4 registers, and there are 3: name a part");
  });

  it("beyond 32 bits is refused, as are shifts by more", () => {
    const withValue = (use: (frame: Frame) => unknown) =>
      problemOf((p, frame) => {
        p.atLeast(34, "short");
        use(frame);
      });
    expect(withValue((frame) => frame.u32(0).is(2 ** 32))).toContain("4294967296 is no integer");
    expect(withValue((frame) => frame.u32(0).plus(-1))).toContain("-1 is no integer");
    expect(withValue((frame) => frame.u32(0).shiftLeft(32))).toContain("32 is no integer");
  });
});

describe("a listing", () => {
  const undeclared = "otter" as "other";

  it("with an unknown reason is refused, with the known ones", () => {
    const problem = problemOf((p) => p.atLeast(34, undeclared));
    expect(problem).toContain('no reason "otter" is declared: there are short, other');
  });

  it("with an unknown counter is refused", () => {
    const problem = problemOf((p) => {
      p.atLeast(14, "short");
      p.count("scene" as "seen");
    });
    expect(problem).toContain('no counter "scene" is declared: there are seen');
  });

  it("with a statement that no frame reaches is refused", () => {
    const problem = problemOf((p, frame) => {
      p.atLeast(14, "short");
      p.if(
        [frame.u8(0).is(1)],
        () => p.drop("other"),
        () => p.drop("short"),
      );
      p.count("seen");
    });
    expect(problem).toContain("no frame gets here: all are dropped before");
  });

  it("that forwards nothing is refused", () => {
    const problem = problemOf((p) => {
      p.atLeast(14, "short");
      p.drop("other");
    });
    expect(problem).toContain("tried forwards no frame");
  });

  it("that does not begin with atLeast is refused", () => {
    expect(problemOf((p) => p.count("seen"))).toContain("tried does not begin with atLeast");
  });

  it("that looks behind the MACs must say what becomes of a VLAN tag", () => {
    const write = (at: number) => () =>
      newListing({ name: "untagged", reasons: ["short"] }, (p, frame) => {
        p.atLeast(14, "short");
        p.set(frame.u8(at), 1);
      });
    expect(write(11)).not.toThrow();
    expect(write(12)).toThrow('untagged looks behind the MACs: "tagged" must say');
  });

  it("with two reasons of one name is refused", () => {
    const twice = { name: "twice", reasons: ["short", "short"] } as const;
    expect(() => newListing(twice, (p) => p.atLeast(14, "short"))).toThrow(
      "twice has two reasons or counters of one name",
    );
  });

  it("with an if without conditions is refused", () => {
    const problem = problemOf((p) => {
      p.atLeast(14, "short");
      p.if([], () => p.count("seen"));
    });
    expect(problem).toContain("an if needs a condition");
  });
});
