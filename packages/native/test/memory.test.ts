import { describe, expect, it } from "vitest";
import { errnoName, mapAnonymous, Socket, SystemError } from "../src/index.ts";

describe("memory", () => {
  it("is one mapping behind all of its views", () => {
    using memory = mapAnonymous(100);
    expect(memory.bytes).toBe(4096);
    memory.setUint64(8, 0x1234_5678_9abc);
    expect(memory.u32[2]).toBe(0x5678_9abc);
    expect(memory.getUint64(8)).toBe(0x1234_5678_9abc);
  });

  it("can be disposed of twice", () => {
    const memory = mapAnonymous(4096);
    memory[Symbol.dispose]();
    expect(() => memory[Symbol.dispose]()).not.toThrow();
  });
});

describe("system calls", () => {
  it("say what was tried, and the errno's name", () => {
    const open = () => new Socket(9999, 1, 0, "a socket of no family");
    expect(open).toThrow(SystemError);
    expect(open).toThrow("open a socket of no family: EAFNOSUPPORT");
  });

  it("have a name for every errno, if only its number", () => {
    expect(errnoName(1)).toBe("EPERM");
    expect(errnoName(4242)).toBe("errno 4242");
  });
});
