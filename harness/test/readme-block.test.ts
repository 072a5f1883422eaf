import { describe, expect, it } from "vitest";
import { figuresFolder, replaceFigures } from "../setup/readme-block.ts";
import { buildWideRun } from "./run-fixture.ts";

const wide = buildWideRun();
const published = { run: wide.run, rows: wide.rows };
const readme =
  "# A\n\n<!-- picture -->\n<!-- end of picture -->\n\nnpm start\n\n" +
  "<!-- example -->\n<!-- end of example -->\n" +
  "<!-- figures -->\nold\n<!-- end of figures -->\n\nmore\n";

describe("the README's figures", () => {
  it("stand between their marks, and nothing else is touched", () => {
    const text = replaceFigures(readme, "results/published/x", published);
    expect(text).toMatch(/^# A\n\n<!-- picture of results\/published\/x -->\n\[!\[/);
    expect(text).toMatch(/\n\nnpm start\n\n<!-- example of results\/published\/x -->\n```\nclass/);
    expect(text).toMatch(
      /```\n<!-- end of example -->\n<!-- figures of results\/published\/x -->\nClass/,
    );
    expect(text).toMatch(/<!-- end of figures -->\n\nmore\n$/);
    expect(text).not.toContain("old");
    expect(figuresFolder(text)).toBe("results/published/x");
  });

  it("are the same when written twice", () => {
    const once = replaceFigures(readme, "results/published/x", published);
    expect(replaceFigures(once, "results/published/x", published)).toBe(once);
  });

  it("have a table a class, place and clock, with the figures of the rows", () => {
    const text = replaceFigures(readme, "results/published/x", published);
    expect(text.match(/^Class \*\*/gm)).toHaveLength(3);
    const row = wide.rows.find(
      ({ variant, window, frame_bytes }) =>
        variant === "native" && window === 64 && frame_bytes === 64,
    )!;
    const p50 = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 }).format(row.p50!);
    const rate = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
    const frames = rate.format(1e6 / row.p50!);
    const bits = rate.format((1e3 / row.p50!) * 64 * 8);
    expect(text).toMatch(
      new RegExp(`\\| xdp \\| native \\|.*\\| ${p50} \\| ${frames} \\| ${bits} \\|`),
    );
    expect(text).toMatch(/\| xdp \| af-xdp-zero-copy \| skipped \|/);
  });

  it("need their marks", () => {
    expect(() => replaceFigures("# A\n", "x", published)).toThrow(/has no "<!-- picture -->"/);
  });
});
