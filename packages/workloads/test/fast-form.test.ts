/** The fast form where a process or an engine has less than usual. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const source = (name: string) => JSON.stringify(join(import.meta.dirname, "../..", name));
const program = `
  const { hasGuardPages, mapFrames } = await import(${source("native/src/index.ts")});
  const { hasSimd } = await import(${source("packet-language/src/index.ts")});
  const { ipv4Forward } = await import(${source("workloads/src/index.ts")});
  const hop = { destinationMac: "02:00:00:00:00:04", sourceMac: "02:00:00:00:00:03" };
  const next = ipv4Forward.randomFrames(7, hop);
  const memory = mapFrames(2048).u8;
  const { batch, forward, engine } = ipv4Forward.newFastForm({ memory, burst: 1, hop });
  let equal = 0;
  for (let i = 0; i < 2000; i++) {
    const { frame } = next();
    memory.set(frame);
    batch.offset[0] = 0;
    batch.length[0] = frame.length;
    batch.count = 1;
    forward();
    const out = memory.subarray(0, batch.length[0]);
    const wanted = ipv4Forward.reference(frame, hop);
    if (Buffer.compare(out, wanted.forwarded ? wanted.frame : new Uint8Array(0)) === 0) equal++;
  }
  console.log(engine, equal, "guarded", hasGuardPages(), "SIMD", hasSimd);`;

function run(...command: string[]): string {
  const [file, ...args] = [...command, "--input-type=module", "-e", program];
  const { stdout, stderr } = spawnSync(file!, args, { encoding: "utf8" });
  return stdout + stderr;
}

it("does as the reference in a process without address space for guard pages", () => {
  const limited = run("prlimit", "--as=8000000000", process.execPath);
  expect(limited).toBe("WebAssembly 2000 guarded false SIMD true\n");
});

// V8 has no vectors on x86-64 without SSE 4.1, and always has them on arm64.
if (process.arch === "x64") {
  it("does as the reference on an engine without vector instructions", () => {
    const without = run(process.execPath, "--no-enable-sse4-1");
    expect(without).toBe("WebAssembly 2000 guarded true SIMD false\n");
  });
}
