/** Kernels of the user's own: what is found in a tree, and what becomes of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { elfKernel, embeddedConfig, releaseOf } from "../../../src/guest/kernels/kernel-image.ts";
import { kernelLabel, parseKernelName } from "../../../src/guest/kernels/kernel-name.ts";
import { findKernelParts, stampOf } from "../../../src/guest/kernels/kernel-tree.ts";
import { copyModules, modulesInOrder } from "../../../src/guest/kernels/modules.ts";
import { madeBzImage, madeElf, madeModule, writeTree } from "./made-kernel.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-kernel-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const noTools = "/nonexistent";
const image = (content: Buffer) => {
  const file = join(folder, "image");
  writeFileSync(file, content);
  return file;
};

describe("names", () => {
  test.each([
    ["debian", { kind: "usual" }],
    ["debian:6.12", { kind: "debian", version: "6.12", flavour: "", exact: false }],
    ["debian:7.3-rt", { kind: "debian", version: "7.3", flavour: "rt", exact: false }],
    ["debian:6.1.0-50-amd64", { kind: "debian", version: "6.1.0-50", flavour: "", exact: true }],
    [
      "debian:6.12.117+deb13-rt-amd64",
      { kind: "debian", version: "6.12.117+deb13", flavour: "rt", exact: true },
    ],
    ["/usr", { kind: "own", path: "/usr" }],
  ])("%s is read", (text, name) => {
    expect(parseKernelName(text)).toEqual(name);
  });

  test.each([
    ["debian:", "no kernel is named debian:"],
    ["debian:latest", "no kernel is named debian:latest"],
    ["trixie", "no kernel is named trixie"],
    ["/no/linux", "no kernel at /no/linux"],
  ])("%s is refused with what to name", (text, message) => {
    expect(() => parseKernelName(text)).toThrow(
      expect.objectContaining({
        exitStatus: 3,
        message,
        remedy: expect.stringContaining("debian:6.12"),
      }),
    );
  });

  test("rows have the last part of a path, and nothing of the usual kernel", () => {
    const labels = ["debian", "debian:6.12", "/home/me/linux/"].map(kernelLabel);
    expect(labels).toEqual(["", "debian:6.12", "linux"]);
  });
});

describe("an image", () => {
  const elf = madeElf({});
  const size = Buffer.alloc(4);

  test.each([
    ["gzip", gzipSync(elf)],
    ["zstd", Buffer.concat([zstdCompressSync(elf), size])],
  ])("of a bzImage that is packed with %s is unpacked", (_name, payload) => {
    expect(elfKernel(image(madeBzImage(payload)), noTools)).toEqual(elf);
  });

  test("of an unstripped vmlinux is taken without its sections", () => {
    const debug = Buffer.alloc(1 << 16, "debug");
    const kernel = elfKernel(image(Buffer.concat([elf, debug])), noTools);
    expect(kernel.length).toBe(elf.length);
    expect([kernel.readBigUInt64LE(40), kernel.readUInt16LE(60)]).toEqual([0n, 0]);
    expect(releaseOf(kernel)).toBe("6.9.1-me");
  });

  test("tells its own configuration, where it carries it", () => {
    expect(embeddedConfig(madeElf({ config: "CONFIG_PVH=y\n" }))).toBe("CONFIG_PVH=y\n");
    expect(embeddedConfig(elf)).toBeUndefined();
  });

  test.each([
    ["without a PVH note", madeElf({ note: 17 }), "has no PVH note", "CONFIG_PVH=y"],
    [
      "of another architecture",
      madeElf({ machine: 183 }),
      "is no kernel for x86-64",
      "ARCH=x86_64",
    ],
    ["that is no kernel", Buffer.alloc(4096), "is no kernel for x86-64", "ARCH=x86_64"],
    [
      "packed with lz4",
      madeBzImage(Buffer.from("02214c18".padEnd(64, "0"), "hex")),
      "is packed in a way not known: 02214c18",
      "CONFIG_KERNEL_ZSTD",
    ],
  ])("%s is refused with what to build", (_what, content, message, remedy) => {
    expect(() => elfKernel(image(content), noTools)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        remedy: expect.stringContaining(remedy),
      }),
    );
  });
});

describe("a folder", () => {
  const built = {
    "include/config/kernel.release": "6.9.1-me\n",
    "arch/x86/boot/bzImage": "bzImage",
    vmlinux: "vmlinux",
    ".config": "CONFIG_PVH=y\n",
    "modules.builtin": "kernel/fs/9p/9p.ko\n",
    "modules.order": "drivers/net/veth.o\nnet/9p/9pnet.ko\ndrivers/not/built.o\n",
    "drivers/net/veth.ko": madeModule(),
    "net/9p/9pnet.ko": madeModule(),
  };

  test("that a kernel was built in is read by what the build lists", () => {
    writeTree(folder, built);
    const parts = findKernelParts(folder);
    expect(parts).toMatchObject({
      image: join(folder, "arch/x86/boot/bzImage"),
      release: "6.9.1-me",
      builtIn: join(folder, "modules.builtin"),
      config: join(folder, ".config"),
    });
    expect([...parts.modules.keys()]).toEqual(["veth", "9pnet"]);
  });

  test("is another kernel once a module was built again", () => {
    writeTree(folder, built);
    const before = stampOf(findKernelParts(folder));
    writeTree(folder, { "drivers/net/veth.ko": madeModule("more") });
    expect(stampOf(findKernelParts(folder))).not.toBe(before);
  });

  test("of modules_install has modules, packed in any way, and the image beside them", () => {
    writeTree(folder, {
      "boot/vmlinuz-6.9.1-me": "image",
      "lib/modules/6.9.1-me/modules.builtin": "kernel/fs/fuse.ko\n",
      "lib/modules/6.9.1-me/kernel/net/9p/9p.ko.zst": zstdCompressSync(
        madeModule("netfs", "9pnet"),
      ),
      "lib/modules/6.9.1-me/kernel/net/9p/9pnet.ko.gz": gzipSync(madeModule()),
      "lib/modules/6.9.1-me/kernel/fs/netfs.ko": madeModule(),
      "lib/modules/6.9.1-me/kernel/drivers/gpu.ko": madeModule(),
    });
    const { image, modules, builtIn } = findKernelParts(folder);
    expect(image).toBe(join(folder, "boot/vmlinuz-6.9.1-me"));
    const kept = join(folder, "kept");
    copyModules(modules, ["9p"], kept, noTools);
    writeFileSync(join(kept, "modules.builtin"), readFileSync(builtIn!));
    expect(modulesInOrder(kept, ["9p", "fuse", "igb"])).toEqual({
      files: ["netfs.ko", "9pnet.ko", "9p.ko"].map((name) => join(kept, name)),
      missing: ["igb"],
    });
  });

  test("without an image is refused with what was looked for", () => {
    writeTree(folder, { "lib/modules/6.9.1-me/kernel/x.ko": madeModule() });
    expect(() => findKernelParts(folder)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^no kernel in .*: no boot\/vmlinuz-6\.9\.1-me, /),
        remedy: expect.stringContaining("copy bzImage into the folder"),
      }),
    );
  });

  test("with modules of several kernels is refused", () => {
    writeTree(folder, {
      "lib/modules/6.9.1-me/kernel/x.ko": madeModule(),
      "usr/lib/modules/6.9.2-me/kernel/x.ko": madeModule(),
    });
    expect(() => findKernelParts(folder)).toThrow("of several kernels: 6.9.1-me, 6.9.2-me");
  });
});
