import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import koffi from "koffi";
import { describe, expect, it } from "vitest";
import {
  boundCall,
  foreignCall,
  hasFastCalls,
  lastErrno,
  mapAnonymous,
  raw,
} from "../src/index.ts";

const libc = koffi.load("libc.so.6");
const addressOf = (name: string) => Number(libc.symbol(name));
const never = () => {
  throw new Error("went through koffi");
};
const int32 = (count: number) => ({ count, result: "int32" }) as const;

describe("calls of C from hot loops", () => {
  it("go past koffi wherever there is a trampoline for the processor", () => {
    expect(hasFastCalls).toBe(process.arch === "x64");
  });

  it("return what C returns, for all numbers", () => {
    const labs = foreignCall(addressOf("labs"), int32(1), never);
    const any = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
    fc.assert(fc.property(any, (value) => labs(value) === Math.abs(value)));
  });

  it("take addresses beyond 32 bits, and lengths", () => {
    using memory = mapAnonymous(4096);
    expect(memory.address).toBeGreaterThan(2 ** 32);
    const strnlen = foreignCall(addressOf("strnlen"), int32(2), never);
    const lengths = fc.tuple(fc.nat({ max: 4000 }), fc.nat({ max: 4096 }));
    fc.assert(
      fc.property(lengths, ([length, most]) => {
        memory.u8.fill(1, 0, length);
        memory.u8[length] = 0;
        expect(strnlen(memory.address, most)).toBe(Math.min(length, most));
      }),
    );
  });

  it("pass each of six arguments in C's register", () => {
    using memory = mapAnonymous(4096);
    memory.u8.set([...Buffer.from("%d %d %d\0")]);
    const snprintf = foreignCall(addressOf("snprintf"), int32(6), never);
    const text = memory.address + 64;
    expect(snprintf(text, 32, memory.address, -4, 5, 66)).toBe("-4 5 66".length);
    expect(Buffer.from(memory.u8.subarray(64, 71)).toString()).toBe("-4 5 66");
  });

  it("return 16 bits where C returns 16", () => {
    const htons = foreignCall(addressOf("htons"), { count: 1, result: "uint16" }, never);
    expect(htons(0x1234)).toBe(0x3412);
    expect(htons(0xff00)).toBe(0x00ff);
  });

  it("keep addresses that are always the same, and take the last argument each time", () => {
    using memory = mapAnonymous(4096);
    const [first, second] = [memory.address, memory.address + 2048];
    expect(first).toBeGreaterThan(2 ** 32);
    memory.u8[2048 + 700] = 1;
    using compare = boundCall(addressOf("memcmp"), { result: "int32" }, [first, second], never);
    const lengths = fc.nat({ max: 2000 });
    fc.assert(
      fc.property(lengths, (bytes) => {
        expect(compare.call(bytes) < 0).toBe(bytes > 700);
      }),
    );
  });

  it("give a trampoline back that kept its addresses, and are koffi's when all have", () => {
    const compare = (viaKoffi: () => number) =>
      boundCall(addressOf("memcmp"), { result: "int32" }, [0, 0], viaKoffi);
    for (let i = 0; i < 100; i++) {
      using call = compare(never);
      expect(call.call(0)).toBe(0);
    }
    using open = new DisposableStack();
    const calls = Array.from({ length: 100 }, () => open.use(compare(() => -99)).call(0));
    expect(new Set(calls)).toEqual(new Set([0, -99]));
    expect(calls.at(-1)).toBe(-99);
  });

  it("leave errno as it was, also once they are compiled", () => {
    for (let i = 0; i < 20_000; i++) {
      if (raw.sendto(-1, 0, 0, 0, 0, 0) !== -1) throw new Error("sent");
      if (lastErrno() !== koffi.os.errno.EBADF) throw new Error(`errno ${lastErrno()}`);
    }
  });

  it("are koffi's when all trampolines are taken", () => {
    const names = [
      "atoi",
      "strlen",
      "toupper",
      "tolower",
      "isalpha",
      "isdigit",
      "isspace",
      "isupper",
    ];
    for (const name of names) foreignCall(addressOf(name), int32(1), () => -99);
    expect(foreignCall(addressOf("islower"), int32(1), () => -99)(65)).toBe(-99);
  });

  it("are koffi's on request, with the same results", () => {
    const module = new URL("../src/index.ts", import.meta.url).href;
    const program = `const { hasFastCalls, raw } = await import(${JSON.stringify(module)});
      console.log(hasFastCalls, raw.poll(0, 0, 0), raw.sendto(-1, 0, 0, 0, 0, 0));`;
    const env = { ...process.env, IOPATH_CALLS: "koffi" };
    const args = ["--input-type=module", "--eval", program];
    const { stdout } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    expect(stdout).toBe("false 0 -1\n");
  });

  it("are each thread's own", async () => {
    const workers = [3, 5].map(
      (length) =>
        new Worker(new URL("./foreign-worker.ts", import.meta.url), { workerData: length }),
    );
    const wrong = workers.map(
      (worker) =>
        new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject)),
    );
    expect(await Promise.all(wrong)).toEqual([0, 0]);
  });
});
