import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compile } from "../../src/guest/pvrdma-driver.ts";
import { requireTools } from "../../src/guest/toolchain.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-driver-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("a failed build of the driver is reported with the compiler's words", () => {
  writeFileSync(join(folder, "pvrdma_main.c"), "#error this kernel has no ib_register_device\n");
  writeFileSync(join(folder, "Makefile"), "modules:\n\t$(CC) -c $(M)/pvrdma_main.c\n");
  expect(() => compile("9.9.0-1-amd64", folder, folder)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        /vmw_pvrdma does not build for the guest's kernel 9\.9\.0-1-amd64: make said\n(?:.|\n)*this kernel has no ib_register_device/,
      ),
      remedy: expect.stringContaining("the path pvrdma is skipped without it"),
    }),
  );
});

test("without a compiler the error says what to install", () => {
  vi.stubEnv("PATH", folder);
  expect(() => requireTools("machine pvrdma", ["gcc", "make"])).toThrow(
    expect.objectContaining({
      message: "machine pvrdma is built here, and there is no gcc and no make",
      remedy: "sudo apt-get install -y gcc make libc6-dev",
    }),
  );
});
