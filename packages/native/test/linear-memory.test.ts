import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { hasGuardPages, linearMemory, mapFileInto, mapFrames, noteOnAccess } from "../src/index.ts";

/** (func (export "f") (param i32) (result i32)): adds 1 to the word at an address, returns it. */
function newIncrement(): (at: number) => number {
  const { wasm } = linearMemory();
  const bytes = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
    // Shared, of 4096 pages.
    ...[2, 11, 1, 1, 0x65, 1, 0x6d, 2, 3, 0x80, 0x20, 0x80, 0x20],
    ...[3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0],
    ...[10, 22, 1, 20, 0, 0x20, 0, 0x20, 0, 0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0],
    ...[0x20, 0, 0x28, 2, 0, 0x0b],
  );
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { m: wasm } });
  return instance.exports.f as (at: number) => number;
}

describe("memory of frames", () => {
  it("is zeroed memory that WebAssembly and system calls share", () => {
    const increment = newIncrement();
    using memory = mapFrames(100);
    expect(memory.bytes).toBe(4096);
    expect(memory.u8.every((byte) => byte === 0)).toBe(true);
    const at = memory.address - linearMemory().address;
    expect(increment(at + 8)).toBe(1);
    expect(memory.u32[2]).toBe(1);
    memory.view.setUint32(8, 41, true);
    expect(increment(at + 8)).toBe(42);
  });

  it("maps pages of a file over its own, and has its own back afterwards", () => {
    const path = join(tmpdir(), `iopath-linear-${process.pid}`);
    writeFileSync(path, new Uint8Array(4096).fill(7));
    const fd = openSync(path, "r+");
    try {
      const increment = newIncrement();
      let at = 0;
      {
        using memory = mapFrames(8192);
        mapFileInto(memory, 4096, fd, 4096, "a file");
        at = memory.address - linearMemory().address;
        expect(increment(at + 4096)).toBe(0x0707_0708);
        expect(memory.u8[0]).toBe(0);
      }
      expect(readFileSync(path)[0]).toBe(8);
      using next = mapFrames(8192);
      expect(next.address - linearMemory().address).toBe(at);
      expect(next.u8.every((byte) => byte === 0)).toBe(true);
      increment(at + 4096);
      expect(readFileSync(path)[0]).toBe(8);
    } finally {
      closeSync(fd);
      rmSync(path);
    }
  });

  it("gives a range whose addresses have one high half", () => {
    const high = (address: number) => Math.floor(address / 2 ** 32);
    const held = Array.from({ length: 25 }, () => mapFrames(10 << 20));
    for (const { address, bytes } of held) expect(high(address)).toBe(high(address + bytes - 1));
    for (const one of held) one[Symbol.dispose]();
  });

  it("is shared with later threads, and gives no range twice", async () => {
    using mine = mapFrames(4096);
    const worker = new Worker(new URL("./linear-worker.ts", import.meta.url), {
      workerData: mine.address,
    });
    const [{ seen, address }] = await once(worker, "message");
    expect(seen).toBe(0);
    expect(address).not.toBe(mine.address);
    expect(mine.u32[0]).toBe(17);
    await worker.terminate();
  });

  it("lies at a multiple of larger pages, where these are to be mapped into it", () => {
    for (let i = 0; i < 200; i++) {
      using memory = mapFrames(3 << 20, 2 << 20);
      expect(memory.address % (2 << 20)).toBe(0);
    }
  });

  it("says so when no room is left", () => {
    expect(() => mapFrames(1 << 30)).toThrow(
      "the WebAssembly memory of 256 MiB has no 1073741824 bytes left",
    );
  });
});

describe("address space", () => {
  const native = JSON.stringify(join(import.meta.dirname, "../src/index.ts"));
  const run = (program: string, ...before: string[]) => {
    const [file, ...args] = [...before, process.execPath, "--input-type=module", "-e", program];
    const { stdout, stderr } = spawnSync(file!, args, { encoding: "utf8" });
    return stdout + stderr;
  };

  it("suffices for guard pages in a process without a limit", () => {
    expect(hasGuardPages()).toBe(true);
    using memory = mapFrames(4096);
    expect(noteOnAccess(memory.u8)).toBeUndefined();
    expect(noteOnAccess(new Uint8Array(8))).toBeUndefined();
  });

  it("suffices for memory without guard pages in a process with little", () => {
    const program = `
      const { hasGuardPages, mapFrames, noteOnAccess } = await import(${native});
      const { u8 } = mapFrames(4096);
      u8[0] = 1;
      console.log("guarded", hasGuardPages(), noteOnAccess(u8));`;
    expect(run(program, "prlimit", "--as=8000000000")).toBe(
      "guarded false no address space for guard pages (ulimit -v): " +
        "WebAssembly checks each access to a frame\n",
    );
  });

  it("fails with an error in a process with hardly any address space", () => {
    const program = `
      import { spawnSync } from "node:child_process";
      import { readFileSync } from "node:fs";
      const { mapFrames } = await import(${native});
      const [, kibibytes] = /VmSize:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
      const limit = kibibytes * 1024 + 2 ** 27;
      spawnSync("prlimit", ["--pid", String(process.pid), "--as=" + limit]);
      try {
        mapFrames(4096);
      } catch ({ message, remedy }) {
        console.log(message + "; " + remedy);
      }`;
    expect(run(program)).toBe(
      "no address space for a WebAssembly memory of 256 MiB; " +
        "raise the limit of this process's address space (ulimit -v)\n",
    );
  });
});
