import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  bringCompiledCode,
  compiledCodeEnvironment,
  keepCompiledCode,
} from "../../src/guest/compiled-code.ts";

let folder: string;
let kept: string;
/** Of two guests. */
let shares: readonly [string, string];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-compiled-"));
  kept = join(folder, "kept");
  shares = [join(folder, "first"), join(folder, "second")];
  for (const share of shares) mkdirSync(share);
  vi.stubEnv("IOPATH_GUEST_CODE", kept);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What Node does in a guest. */
function compile(share: string, entry: string, code: string, atS: number): void {
  const file = join(share, "compiled", entry);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, code);
  utimesSync(file, atS, atS);
}
const found = (share: string, entry: string) =>
  readFileSync(join(share, "compiled", entry), "utf8");

describe("code that a guest compiled", () => {
  it("is in the share of the next one", () => {
    bringCompiledCode(shares[0]);
    compile(shares[0], "v26-x64/a1b2", "code", 1000);
    keepCompiledCode(shares[0]);
    bringCompiledCode(shares[1]);
    expect(found(shares[1], "v26-x64/a1b2")).toBe("code");
  });

  it("gives way to what was compiled later, and only to that", () => {
    for (const share of shares) bringCompiledCode(share);
    compile(shares[0], "v26-x64/a1b2", "late", 2000);
    compile(shares[1], "v26-x64/a1b2", "early", 1000);
    for (const share of shares) keepCompiledCode(share);
    expect(readFileSync(join(kept, "v26-x64/a1b2"), "utf8")).toBe("late");
    compile(shares[1], "v26-x64/a1b2", "latest", Date.now() / 1000 + 60);
    keepCompiledCode(shares[1]);
    expect(readFileSync(join(kept, "v26-x64/a1b2"), "utf8")).toBe("latest");
  });

  it("is left behind while it is being written", () => {
    bringCompiledCode(shares[0]);
    compile(shares[0], "v26-x64/a1b2.Xy12Zz", "co", 1000);
    keepCompiledCode(shares[0]);
    expect(readdirSync(kept)).toEqual([]);
  });

  it("is left where it is while another guest's is being kept", () => {
    mkdirSync(join(kept, "v26-x64"), { recursive: true });
    writeFileSync(join(kept, "v26-x64/a1b2.part17"), "co");
    bringCompiledCode(shares[0]);
    expect(readdirSync(join(shares[0], "compiled/v26-x64"))).toEqual([]);
  });

  it("is looked for in the share, by trials too", () => {
    expect(compiledCodeEnvironment()).toEqual({
      NODE_COMPILE_CACHE: "/run/iopath/compiled",
      IOPATH_COMPILE_CACHE: "/run/iopath/compiled",
    });
  });

  it("is not kept where no folder is named", () => {
    vi.stubEnv("IOPATH_GUEST_CODE", undefined);
    bringCompiledCode(shares[0]);
    keepCompiledCode(shares[0]);
    expect([readdirSync(shares[0]), existsSync(kept)]).toEqual([[], false]);
    expect(compiledCodeEnvironment()).toEqual({});
  });
});
