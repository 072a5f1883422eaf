/** A kernel's build, of a made tree. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { buildKernel } from "../../../../src/guest/kernels/build/build-kernel.ts";
import { holdFolder } from "../../../../src/guest/kernels/build/built-folders.ts";
import { findSource, requireOnMirror } from "../../../../src/guest/kernels/build/kernel-source.ts";
import { lastWords } from "../../../../src/guest/kernels/build/make.ts";
import {
  guestOptions,
  KernelBuildError,
  optionsLeftOut,
} from "../../../../src/guest/kernels/build/options.ts";
import { findKernelParts } from "../../../../src/guest/kernels/kernel-tree.ts";
import { addTool, makefile, makeTree } from "./made-tree.ts";

let folder: string;
let tree: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-build-"));
  tree = makeTree(folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const lines: string[] = [];
const build = (more: object = {}) => {
  lines.length = 0;
  return buildKernel({ source: tree, jobs: 2, ...more }, (line) => lines.push(line));
};

describe("a build", () => {
  it("leaves what --kernel boots in a folder of the cache, and nothing in the tree", async () => {
    const built = await build();
    expect(built).toMatchObject({ release: "6.12.0-me" });
    expect(built.folder.startsWith(join(folder, "cache/iopath/kernels/linux-"))).toBe(true);
    const { image, release } = built;
    expect(findKernelParts(built.folder)).toMatchObject({ image, release });
    expect(existsSync(join(tree, "main.o"))).toBe(false);
  });

  it("compiles nothing again that did not change", async () => {
    const into = join(folder, "mine");
    const madeAt = async () => {
      await build({ into });
      return statSync(join(into, "main.o")).mtimeMs;
    };
    expect(await madeAt()).toBe(await madeAt());
  });

  it("says what this Linux leaves out of what was asked for", async () => {
    await build();
    expect(lines).toContain("this Linux leaves out CONFIG_TUN");
  });

  it("takes further options over the project's", async () => {
    const { folder: into } = await build({ options: "CONFIG_KASAN=y" });
    expect(readFileSync(join(into, ".config"), "utf8")).toMatch(/^CONFIG_KASAN=y$/m);
  });

  it("that fails says what the compiler said, and where the rest is", async () => {
    writeFileSync(join(tree, "main.c"), "int main(void) { return nothing; }\n");
    const failed = await build().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(KernelBuildError);
    expect(failed).toMatchObject({
      message: expect.stringMatching(/does not build: make bzImage said\n.*error: .*nothing/s),
      remedy: expect.stringContaining("build.log"),
    });
  });

  it.each([
    ["gcc: fatal error: error writing to /tmp/a.s: No space left on device", "make room"],
    ["gcc: fatal error: Killed signal terminated program cc1", "--jobs 1"],
  ])("that this machine has no room for is no fault of the source: %s", async (said, remedy) => {
    writeFileSync(join(tree, "Makefile"), makefile.replace("gcc -c", `@echo '${said}'; false`));
    const failed = await build().catch((error: unknown) => error);
    expect(failed).not.toBeInstanceOf(KernelBuildError);
    expect(failed).toMatchObject({
      exitStatus: 2,
      message: expect.stringContaining(said),
      remedy: expect.stringContaining(remedy),
    });
  });

  it.each([
    ["all of it", "kill -KILL $$PPID", /^make bzImage was ended by SIGKILL while it built/],
    ["a part of it", "sh -c 'kill -TERM $$$$'", /does not build: make bzImage said/],
  ])("that a signal ended, %s, is no fault of the source", async (_what, code, message) => {
    writeFileSync(
      join(tree, "Makefile"),
      makefile.replace("gcc -c -o $@ main.c", () => code),
    );
    const failed = await build().catch((error: unknown) => error);
    expect(failed).not.toBeInstanceOf(KernelBuildError);
    expect(failed).toMatchObject({
      exitStatus: 2,
      message: expect.stringMatching(message),
      remedy: expect.stringContaining("build again"),
    });
  });

  it("without the header of libelf is refused before anything is done", async () => {
    addTool(folder, "gcc", '[ "$1" = --version ]');
    await expect(build()).rejects.toMatchObject({
      message: "a kernel is built here, and there is no gelf.h, the header of libelf",
      remedy: expect.stringContaining("libelf-dev"),
    });
    expect(existsSync(join(folder, "cache"))).toBe(false);
  });

  it("is refused where another one builds", async () => {
    const { folder: into } = await build();
    const held = holdFolder(into, "exclusive");
    await expect(build()).rejects.toMatchObject({
      exitStatus: 2,
      message: `another command builds in ${into}`,
    });
    held[Symbol.dispose]();
    await build();
  });

  it("ends on request, with its compilers", async () => {
    writeFileSync(join(tree, "Makefile"), `${makefile}\nmain.c: ; sleep 60\n.PHONY: main.c\n`);
    const stop = new AbortController();
    const building = buildKernel(
      { source: tree, jobs: 1 },
      (line) => {
        if (line.startsWith("building")) setTimeout(() => stop.abort("enough"), 200);
      },
      stop.signal,
    );
    await expect(building).rejects.toBe("enough");
  });
});

describe("a source", () => {
  it("that was built in itself is refused before anything is done, with the way out", async () => {
    writeFileSync(join(tree, ".config"), "");
    const failed = await build().catch((error: unknown) => error);
    expect(failed).not.toBeInstanceOf(KernelBuildError);
    expect(failed).toMatchObject({
      message: expect.stringContaining("was built in itself (it has .config)"),
      remedy: expect.stringContaining("mrproper"),
    });
  });

  it("that is not one is refused", async () => {
    await expect(findSource(join(folder, "cache"), () => {})).rejects.toMatchObject({
      exitStatus: 3,
      message: expect.stringContaining("is no source tree of Linux"),
    });
  });

  it.each(["debian", "debian:6.12.117+deb13-amd64", "debian:6.12-rt", "debian:6.12.117"])(
    "of Debian's is one a line: %s is refused",
    async (name) => {
      await expect(findSource(name, () => {})).rejects.toMatchObject({
        exitStatus: 3,
        remedy: expect.stringContaining("name debian:6.12"),
      });
    },
  );
});

test("a line that the mirror has no source of is refused with those that it has", () => {
  const packages = ["linux-source-7.2", "linux-source-6.12", "linux-source-6.1", "linux-source"];
  requireOnMirror("linux-source-6.12", packages);
  expect(() => requireOnMirror("linux-source-6.5", packages)).toThrow(
    expect.objectContaining({
      message: "the Debian mirror has no linux-source-6.5",
      remedy: "it has debian:6.1, debian:6.12, debian:7.2; or name a tree of your own",
    }),
  );
});

describe("options", () => {
  it("of the project are each there once, and a kernel with all of them is whole", () => {
    const names = [...guestOptions().matchAll(/^(CONFIG_\w+)=/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(optionsLeftOut(guestOptions(), guestOptions())).toEqual([]);
  });

  it("are left out when they are set otherwise, `n` too", () => {
    const asked = "CONFIG_A=y\nCONFIG_B=n\nCONFIG_C=n\nCONFIG_HZ=250";
    const config = `${guestOptions()}\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_HZ=1000`;
    expect(optionsLeftOut(asked, config)).toEqual(["CONFIG_A", "CONFIG_B", "CONFIG_HZ"]);
  });

  it("that a guest can't do without end the build", () => {
    const config = guestOptions().replace("CONFIG_PVH=y", "# CONFIG_PVH is not set");
    expect(() => optionsLeftOut(guestOptions(), config)).toThrow(
      "this source can't be built with CONFIG_PVH, which a guest needs",
    );
  });
});

describe("the last words of a build", () => {
  it("begin with the first error, without make's own lines", () => {
    const log = [
      "make[1]: Entering directory '/out'",
      "a.c:1:2: warning: unused",
      "b.c:3:4: error: 'x' undeclared",
      "    3 | x",
      "make[2]: *** [b.o] Error 1",
    ];
    expect(lastWords(log.join("\n"))).toBe("    b.c:3:4: error: 'x' undeclared\n        3 | x");
  });

  it("are its last lines where none is called an error", () => {
    expect(lastWords("one\ntwo\n")).toBe("    one\n    two");
  });
});
