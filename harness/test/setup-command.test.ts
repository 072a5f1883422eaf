import { tmpdir } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { commandIn } from "../setup/command.ts";

afterEach(() => vi.restoreAllMocks());
const succeeds = commandIn(tmpdir());

describe("a command of npm test", () => {
  it.each([
    ["succeeds with status 0", "true", true],
    ["fails with another one", "false", false],
  ] as const)("%s", async (_what, program, good) => {
    expect(await succeeds([program])).toBe(good);
  });

  it("fails, and says so, when it can't be started", async () => {
    const told = vi.spyOn(console, "log").mockImplementation(() => {});
    expect(await succeeds(["no-such-program", "--flag"])).toBe(false);
    expect(told).toHaveBeenCalledWith(
      "failed: no-such-program can't be started: spawn no-such-program ENOENT",
    );
  });
});
