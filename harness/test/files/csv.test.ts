import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvLines } from "../../src/files/csv.ts";

describe("a line of CSV", () => {
  it("ends as RFC 4180 has it, with nothing where there is no figure", () => {
    const csv = new CsvLines();
    expect(csv.line(["a", 1.5, null, "b c"])).toBe("a,1.5,,b c\r\n");
    expect(csv.fields(["a", 1])).toBe("a,1");
  });

  it("is read as it was written, whatever is in it", () => {
    const fields = fc.array(fc.oneof(fc.string(), fc.double({ noNaN: true })), { minLength: 1 });
    fc.assert(
      fc.property(fields, (given) => {
        const [line, ...more] = parse(new CsvLines().line([...given, "end"])) as string[][];
        expect(more).toEqual([]);
        // A formula has got an apostrophe, which a text may have had before.
        const plain = (text: string) => text.replace(/^'(?=[=+\-@\t\r＝＋－＠])/u, "");
        const wanted = [...given.map(String), "end"];
        expect(line!.map(plain)).toEqual(wanted.map(plain));
      }),
    );
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])("%j is no formula", (text) => {
    const [[field]] = parse(new CsvLines().line([text])) as [[string]];
    expect(field).toBe(`'${text}`);
  });
});
