import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect, it } from "vitest";
import { PageMap } from "../src/page-map.ts";

const pages = 64;
const newMap = () => new PageMap(new SharedArrayBuffer(4096), 8, pages);

it("gives each page once, and all again when all were given back", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(9)));
  fc.assert(
    fc.property(steps, (all) => {
      const map = newMap();
      const held: (readonly [first: number, count: number])[] = [];
      for (const [count, which] of all) {
        const [given] = which < 4 ? held.splice(which % Math.max(held.length, 1), 1) : [];
        if (given) map.giveBack(...given);
        const first = map.take(count);
        if (first !== undefined) held.push([first, count]);
        const numbers = held.flatMap(([from, n]) => Array.from({ length: n }, (_, i) => from + i));
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(numbers.every((page) => page < pages)).toBe(true);
      }
      for (const given of held) map.giveBack(...given);
      expect(map.take(pages)).toBe(0);
    }),
  );
});

it("never gives reserved pages", () => {
  const map = newMap();
  map.reserve(30, 1);
  expect(map.take(34)).toBeUndefined();
  expect(map.take(33)).toBe(31);
  expect(map.take(30)).toBe(0);
  expect(map.take(1)).toBeUndefined();
});

it("is shared by all threads", async () => {
  const buffer = new SharedArrayBuffer(8192);
  const program = `
    import { parentPort, workerData } from "node:worker_threads";
    const { PageMap } = await import(${JSON.stringify(new URL("../src/page-map.ts", import.meta.url).href)});
    const map = new PageMap(workerData, 0, 4096);
    const taken = [];
    for (let i = 0; i < 1000; i++) taken.push(map.take(1));
    parentPort.postMessage(taken);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const threads = Array.from({ length: 3 }, () => new Worker(url, { workerData: buffer }));
  const taken = await Promise.all(
    threads.map((one) => new Promise<number[]>((resolve) => one.once("message", resolve))),
  );
  expect(new Set(taken.flat()).size).toBe(3000);
  await Promise.all(threads.map((one) => one.terminate()));
});
