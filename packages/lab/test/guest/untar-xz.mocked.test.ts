import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { untarXz } from "../../src/guest/untar-xz.ts";

// The tree of tools is fetched from Debian: here this machine's own xz(1) stands for it.
vi.mock("../../src/guest/toolchain.ts", () => ({ throughLoader: () => ["xz"] }));

const folder = mkdtempSync(join(tmpdir(), "iopath-untar-"));
afterAll(() => rmSync(folder, { recursive: true }));

const source = join(folder, "linux-source-6.12");
mkdirSync(join(source, "net"), { recursive: true });
writeFileSync(join(source, "Makefile"), "all:\n");
writeFileSync(join(source, "net/core.c"), "x".repeat(2 ** 20));
const archive = join(folder, "source.tar.xz");
spawnSync("tar", ["--create", "--xz", "--file", archive, "-C", folder, "linux-source-6.12"]);

it("unpacks all of an archive, without its top folder", async () => {
  const to = join(folder, "all");
  mkdirSync(to);
  const options = ["--strip-components=1", "--directory", to];
  expect(await untarXz(archive, "tools", options)).toBe(0);
  expect(readFileSync(join(to, "net/core.c"), "utf8")).toHaveLength(2 ** 20);
});

it("may end where the files that are wanted were found", async () => {
  const to = join(folder, "one");
  mkdirSync(to);
  const options = ["--occurrence=1", "--strip-components=1", "--directory", to];
  expect(await untarXz(archive, "tools", [...options, "linux-source-6.12/Makefile"])).toBe(0);
  expect(existsSync(join(to, "Makefile"))).toBe(true);
  expect(existsSync(join(to, "net"))).toBe(false);
});

it("answers tar's status for what is no archive", async () => {
  expect(await untarXz(join(source, "Makefile"), "tools", ["--directory", folder])).not.toBe(0);
});
