import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readCapture } from "../../src/captures/capture.ts";
import { pcapOf } from "./files.ts";
import { ipFrame } from "./frames.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-captures-"));
afterAll(() => rmSync(folder, { recursive: true }));

const frame = ipFrame(new Uint8Array(30));
const capture = pcapOf([frame, frame]);

const module = new URL("../../src/captures/capture.ts", import.meta.url).href;

function pipeNamed(name: string): string {
  const pipe = join(folder, name);
  execFileSync("mkfifo", [pipe]);
  return pipe;
}

function file(name: string, bytes: Uint8Array): string {
  const place = join(folder, name);
  writeFileSync(place, bytes);
  return place;
}

const never = new AbortController().signal;
const framesIn = async (place: string) => (await readCapture(place, never)).frames.length;

describe("a capture is read", () => {
  it.each([
    ["as it is", "x.pcap", capture],
    ["from gzip", "x.pcap.gz", gzipSync(capture)],
    ["from gzip whatever its name", "x.pcap", gzipSync(capture)],
    [
      "from gzip in two parts",
      "two.gz",
      Buffer.concat([gzipSync(capture.subarray(0, 50)), gzipSync(capture.subarray(50))]),
    ],
    ["from Zstandard", "x.zst", zstdCompressSync(capture)],
  ])("%s", async (_, name, bytes) => {
    expect(await framesIn(file(name, bytes))).toBe(2);
  });

  it("from a named pipe, once", async () => {
    const pipe = pipeNamed("pipe");
    const reading = framesIn(pipe);
    // A shell opens the other end, so that this process does not wait for itself.
    spawn("sh", ["-c", 'exec cat "$0" > "$1"', file("source.pcap", capture), pipe]);
    expect(await reading).toBe(2);
  });

  it("from a named pipe until a signal ends the wait for its writer", async () => {
    const interruption = new AbortController();
    const reading = readCapture(pipeNamed("silent"), interruption.signal);
    setTimeout(() => interruption.abort(new Error("interrupted")), 50);
    await expect(reading).rejects.toThrow("interrupted");
  });

  it("from standard input until a signal ends the wait for its writer", async () => {
    const program = `const { readCapture } = await import(${JSON.stringify(module)});
      await readCapture("-", AbortSignal.timeout(50)).catch(({ name }) => console.log(name));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
    expect(await text(child.stdout)).toBe("TimeoutError\n"); // its standard input is still open
  });
});

describe("a capture is refused, with exit status 5", () => {
  it.each([
    ["that is not there", join(folder, "none.pcap"), "can't be read (ENOENT)", undefined],
    ["that is a folder", folder, "can't be read (EISDIR)", "name a file"],
    [
      "cut in the middle of gzip",
      file("cut.gz", gzipSync(capture).subarray(0, 40)),
      "gzip can't unpack it",
      "gzip -dc",
    ],
    [
      "of xz",
      file("x.xz", Buffer.from("fd377a585a000000", "hex")),
      "is compressed with xz",
      "xz -dc",
    ],
    ["of bzip2", file("x.bz2", Buffer.from("BZh91AY")), "is compressed with bzip2", "bzip2 -dc"],
    ["without an end", "/dev/zero", "is larger than 256 MiB", "editcap -r"],
    ["without bytes", file("empty", new Uint8Array()), "is empty", "name a capture"],
  ])("%s", async (_, place, message, remedy) => {
    const error = await readCapture(place, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ exitStatus: 5 });
    expect((error as Error).message).toContain(message);
    const told = (error as { remedy?: string }).remedy;
    if (remedy) expect(told).toContain(remedy);
  });

  it("of standard input without an end", () => {
    const program = `const { readCapture } = await import(${JSON.stringify(module)});
      const { signal } = new AbortController();
      await readCapture("-", signal).catch(({ message }) => process.stdout.write(message));`;
    const endless = openSync("/dev/zero", "r");
    const stdio = [endless, "pipe", "inherit"] as const;
    const flags = ["--input-type=module", "--max-old-space-size=64"];
    const told = execFileSync(process.execPath, [...flags, "-e", program], { stdio: [...stdio] });
    closeSync(endless);
    expect(String(told)).toBe("- is larger than 256 MiB");
  });
});
