import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  hasCode,
  ifThere,
  linkIfThere,
  namesIfThere,
  parseJson,
  readForWords,
  readIfThere,
} from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-if-there-"));
const at = (name: string) => join(folder, name);
mkdirSync(at("folder"));
writeFileSync(at("folder/name"), "");
writeFileSync(at("file"), "text\n");
symlinkSync("file", at("link"));
symlinkSync("loop", at("loop"));
afterAll(() => rmSync(folder, { recursive: true }));

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

describe("what exists", () => {
  it("is read as it is", () => {
    expect(readIfThere(at("file"))).toBe("text\n");
    expect(linkIfThere(at("link"))).toBe("file");
    expect(namesIfThere(at("folder"))).toEqual(["name"]);
  });
});

describe("what is missing", () => {
  it.each(["nothing", "nothing/below", "file/below"])("reads as nothing: %s", (name) => {
    expect(readIfThere(at(name))).toBeUndefined();
    expect(linkIfThere(at(name))).toBeUndefined();
    expect(namesIfThere(at(name))).toEqual([]);
  });

  it("includes the target of a plain file, and the names in one", () => {
    expect(linkIfThere(at("file"))).toBeUndefined();
    expect(namesIfThere(at("file"))).toEqual([]);
  });

  it.each(["ESRCH", "ENODEV"])(
    "includes a process or device that vanished while it was read: %s",
    (code) => expect(ifThere(failing(code))).toBeUndefined(),
  );

  it("includes further errnos that the caller names", () => {
    expect(ifThere(failing("EACCES"), "EACCES", "EPERM")).toBeUndefined();
  });
});

describe("a read that fails for another reason throws:", () => {
  it.each(["EMFILE", "ENFILE", "EACCES", "EPERM", "EIO", "ENOMEM", "EINVAL"])("%s", (code) => {
    expect(() => ifThere(failing(code))).toThrow(code);
  });

  it("a folder read as a file, a loop of links", () => {
    expect(() => readIfThere(at("folder"))).toThrow("EISDIR");
    expect(() => readIfThere(at("loop"))).toThrow("ELOOP");
    expect(() => namesIfThere(at("loop"))).toThrow("ELOOP");
  });

  it("a fault of the program, which has no errno", () => {
    const fault = () => (undefined as unknown as { x: number }).x;
    expect(() => ifThere(fault, "EACCES")).toThrow(TypeError);
  });
});

describe("errno's name", () => {
  it("is found on an error, also where os.userInfo puts it", () => {
    const deeper = Object.assign(new Error(), {
      code: "ERR_SYSTEM_ERROR",
      info: { code: "ENOENT" },
    });
    expect(hasCode(deeper, "ENOENT")).toBe(true);
    expect(hasCode(deeper, "EMFILE")).toBe(false);
    expect(hasCode("ENOENT", "ENOENT")).toBe(false);
  });
});

describe("what is read for a message alone", () => {
  it("is undefined when it can't be read for any reason", () => {
    expect(readForWords(at("file"))).toBe("text\n");
    expect(readForWords(at("nothing"))).toBeUndefined();
    expect(readForWords(at("folder"))).toBeUndefined();
  });
});

describe("JSON from outside", () => {
  it.each([
    ['{"a": 1}', { a: 1 }],
    ["null", null],
    ['{"a": 1', undefined],
    ["", undefined],
  ])("%j", (text, value) => expect(parseJson(text)).toEqual(value));
});
