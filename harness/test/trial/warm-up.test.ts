import { setFlagsFromString } from "node:v8";
import { newTierOf } from "@iopath/native";
import { describe, expect, it } from "vitest";
import { WarmUp } from "../../src/trial/loop/warm-up.ts";

setFlagsFromString("--no-concurrent-recompilation"); // as in a trial

let texts = 0;

/**
 * A window that adds to what it is given: every other kind of value takes compiled code back. Each
 * is of a text of its own, since functions of one text share their code.
 */
function newWindow(give: (window: number) => unknown, more = "") {
  let windows = 0;
  const next = () => give(windows++);
  const text = `return () => { ${more} return next() + ${texts++}; }`;
  const window: () => unknown = new Function("next", text)(next);
  return { window, count: () => windows };
}

describe("a warm-up", () => {
  it("ends in code of the best compiler, after as many windows as asked", async () => {
    const { window, count } = newWindow((i) => i);
    const warmUp = new WarmUp(window);
    await warmUp.run(100);
    warmUp.look();
    expect([count(), warmUp.tier]).toEqual([100, "turbofan"]);
  });

  it("leaves V8 the first half: what the loop calls is known then", async () => {
    const tierOf = newTierOf();
    const tiers: string[] = [];
    // Too few windows for V8 to compile anything by itself.
    const { window } = newWindow((i) => {
      tiers.push(tierOf(window));
      return i;
    });
    await new WarmUp(window).run(40);
    expect(new Set(tiers.slice(0, 20))).not.toContain("turbofan");
    expect(new Set(tiers.slice(-10))).toEqual(new Set(["turbofan"]));
  });

  it("takes more windows where that code did not last", async () => {
    const { window, count } = newWindow((i) => (i < 90 ? i : `${i}`));
    const warmUp = new WarmUp(window);
    await warmUp.run(100);
    warmUp.look();
    expect(count()).toBeGreaterThan(100);
    expect(count()).toBeLessThan(200);
    expect(warmUp.tier).toBe("turbofan");
  });

  it("ends after twice as many in any case, and says what runs then", async () => {
    const { window, count } = newWindow(
      (i) => i,
      "let x = 0;".concat("x += next.length;".repeat(10_000)),
    );
    const warmUp = new WarmUp(window); // of too much code for the best compiler
    await warmUp.run(30);
    warmUp.look();
    expect(count()).toBe(60);
    expect(warmUp.tier).not.toBe("turbofan");
  });

  it("without windows compiles nothing", async () => {
    const warmUp = new WarmUp(newWindow((i) => i).window);
    await warmUp.run(0);
    warmUp.look();
    expect(warmUp.tier).toBe("interpreter");
  });

  it("tells the worst that was seen", async () => {
    const { window } = newWindow((i) => (i < 100 ? i : `${i}`));
    const warmUp = new WarmUp(window);
    await warmUp.run(100);
    warmUp.look();
    window(); // takes the code back
    warmUp.look();
    expect(warmUp.tier).not.toBe("turbofan");
  });
});
