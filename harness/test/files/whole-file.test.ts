import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder, requireWritable, WholeFile, writeWhole } from "../../src/files/files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-whole-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a file that is written whole", () => {
  it("has its name only when all of it is there, with its size and digest", () => {
    const file = join(folder, "rows.csv");
    const writing = new WholeFile(file);
    writing.write("a,b\r\n");
    writing.write(Buffer.from("1,2\r\n"));
    expect(readdirSync(folder).filter((name) => name === "rows.csv")).toEqual([]);
    const text = "a,b\r\n1,2\r\n";
    const sha256 = createHash("sha256").update(text).digest("hex");
    expect(writing.finish()).toEqual({ bytes: text.length, sha256 });
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["rows.csv"]);
  });

  it("leaves the earlier file when it is abandoned, and nothing of its own", () => {
    const file = join(folder, "rows.csv");
    writeFileSync(file, "before");
    const writing = new WholeFile(file);
    writing.write("half");
    const error = writing.giveUp(Object.assign(new Error("x"), { code: "ENOSPC", errno: -28 }));
    expect(error).toMatchObject({ exitStatus: ExitStatus.output });
    expect(error.message).toBe(`${file} can't be written (ENOSPC, no space left on device)`);
    expect(readFileSync(file, "utf8")).toBe("before");
    expect(readdirSync(folder)).toEqual(["rows.csv"]);
  });

  it("keeps an error that already says what to do", () => {
    const error = new IopathError(ExitStatus.input, "the journal is damaged");
    expect(new WholeFile(join(folder, "x")).giveUp(error)).toBe(error);
  });

  it("is refused where there is no folder, or where a folder has its name", () => {
    const refused = expect.objectContaining({ exitStatus: ExitStatus.output });
    expect(() => writeWhole(join(folder, "none", "rows.csv"), "")).toThrow(refused);
    mkdirSync(join(folder, "taken"));
    expect(() => writeWhole(join(folder, "taken"), "")).toThrow(refused);
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});

describe("a folder that is made", () => {
  it("may lie below others that are not there, or be there", () => {
    const deep = join(folder, "a/b/c");
    makeFolder(deep);
    makeFolder(deep);
    expect(readdirSync(join(folder, "a/b"))).toEqual(["c"]);
  });

  it("is refused below a file", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => makeFolder(join(folder, "file/below"))).toThrow(/can't be written/);
  });
});

describe("a file that a flag names", () => {
  it("is refused beforehand where it can't be written, and names what to do", () => {
    const file = join(folder, "no-folder", "image");
    expect(() => requireWritable(file)).toThrow(
      expect.objectContaining({
        message: `${file} can't be written (ENOENT, no such file or directory)`,
        remedy: "name another file, or make room there",
      }),
    );
  });

  it("is not there yet after that, or as it was", () => {
    const before = join(folder, "before");
    writeFileSync(before, "kept");
    requireWritable(before);
    requireWritable(join(folder, "new"));
    expect(readdirSync(folder)).toEqual(["before"]);
    expect(readFileSync(before, "utf8")).toBe("kept");
  });
});
