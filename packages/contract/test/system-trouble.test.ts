import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ExitStatus, explain, IopathError, troubleOf } from "../src/index.ts";

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("trouble of the system's is put into words:", () => {
  it.each<[string, () => unknown, string]>([
    [
      "a file that is missing",
      () => openSync("/no/such", "r"),
      "/no/such can't be opened (ENOENT, no such file or directory)",
    ],
    [
      "a folder that can't be made",
      () => mkdirSync("/proc/iopath"),
      "/proc/iopath can't be made (ENOENT, no such file or directory)",
    ],
    [
      "a file that can't be renamed",
      () => renameSync("/no/such", "/no/other"),
      "/no/such can't be renamed to /no/other (ENOENT, no such file or directory)",
    ],
    [
      "a full disk",
      () => writeFileSync("/dev/full", "x"),
      "a file can't be written (ENOSPC, no space left on device)\nmake room there",
    ],
    [
      "a program that is missing",
      () => {
        throw spawnSync("no-such-program").error;
      },
      "program no-such-program can't be started (ENOENT, no such file or directory)",
    ],
  ])("%s", (_what, action, words) => {
    const trouble = troubleOf(thrownBy(action));
    expect(explain(trouble)).toContain(words);
  });

  it("a program that fails", () => {
    const fail = () => execFileSync("sh", ["-c", "echo no >&2; exit 3"], { stdio: "pipe" });
    const trouble = troubleOf(thrownBy(fail));
    expect(trouble?.message).toBe("`sh -c echo no >&2; exit 3` ended with status 3: no");
  });

  it("a full disk has the exit status of results that can't be written", () => {
    const trouble = troubleOf(thrownBy(() => writeFileSync("/dev/full", "x")));
    expect(trouble?.exitStatus).toBe(ExitStatus.output);
  });

  it("a user without an entry in passwd, which Node tells in another form", () => {
    const info = { code: "ENOENT", errno: -2, syscall: "uv_os_get_passwd" };
    const error = Object.assign(new Error("A system error occurred"), {
      code: "ERR_SYSTEM_ERROR",
      info,
    });
    expect(troubleOf(error)?.message).toMatch(/^uv_os_get_passwd failed \(ENOENT/);
  });

  it("an error during another is reported after it", () => {
    const first = new IopathError(ExitStatus.refused, "no port", { remedy: "name one" });
    const second = thrownBy(() => openSync("/no/such", "r"));
    const trouble = troubleOf(new SuppressedError(second, first));
    expect(trouble).toMatchObject({ exitStatus: ExitStatus.refused, remedy: "name one" });
    expect(trouble?.message).toMatch(
      /^no port; then, while tidying up: \/no\/such can't be opened/,
    );
  });
});

describe("a fault of the program is no trouble of the system's:", () => {
  it.each<[string, unknown]>([
    ["a TypeError", new TypeError("x is not a function")],
    ["an error of Node's own", thrownBy(() => openSync(1 as never, "r"))],
    ["one that came while trouble was on its way", faultWhileTidying()],
    ["no error at all", "text"],
  ])("%s", (_what, error) => expect(troubleOf(error)).toBeUndefined());
});

function faultWhileTidying(): SuppressedError {
  return new SuppressedError(new TypeError("x"), new IopathError(ExitStatus.refused, "no port"));
}
