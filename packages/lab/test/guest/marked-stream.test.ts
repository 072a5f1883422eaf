import fc from "fast-check";
import { expect, test } from "vitest";
import { MarkedStream } from "../../src/guest/marked-stream.ts";

const marker = "<end-of-job1-00ff>";

/** What comes out for these chunks, and whether the marker was seen. */
function passed(chunks: readonly Buffer[]) {
  const out: Buffer[] = [];
  const stream = new MarkedStream(marker, (chunk) => out.push(Buffer.from(chunk)));
  for (const chunk of chunks) stream.push(chunk);
  return { text: Buffer.concat(out).toString("latin1"), ended: stream.ended };
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const cuts = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

test("what comes before the marker passes, wherever the stream is cut", () => {
  const noise = fc.string({ unit: fc.constantFrom("<", "e", "<end", "-of-job1", "x", "\n", "0") });
  fc.assert(
    fc.property(noise, fc.array(fc.nat()), (before, cuts) => {
      const bytes = Buffer.from(`${before}${marker}`);
      const wanted = bytes.toString().slice(0, bytes.indexOf(marker));
      expect(passed(cut(bytes, cuts))).toEqual({ text: wanted, ended: true });
    }),
  );
});

test("the first bytes of a marker are held back until it is complete or differs", () => {
  expect(passed([Buffer.from("a<end-of")])).toEqual({ text: "a", ended: false });
  expect(passed([Buffer.from("a<end-of"), Buffer.from(" story")])).toEqual({
    text: "a<end-of story",
    ended: false,
  });
});
