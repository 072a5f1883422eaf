/**
 * What a kernel consists of, wherever it lies: a tree it was built in, what `make modules_install
 * INSTALL_MOD_PATH=` leaves, an unpacked package of Debian's, or an image alone.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { namesIfThere } from "@iopath/native";
import { builtModules, moduleFiles } from "./modules.ts";

interface KernelParts {
  /** A bzImage or vmlinux. */
  readonly image: string;
  /** Of its modules, where it has some. */
  readonly release?: string;
  /** Files by names of modules. */
  readonly modules: ReadonlyMap<string, string>;
  /** The file `modules.builtin`. */
  readonly builtIn?: string;
  /** Its configuration, a file. */
  readonly config?: string;
}

const builtImages = ["arch/x86/boot/bzImage", "vmlinux"];

/** @throws IopathError that says what was looked for */
export function findKernelParts(path: string): KernelParts {
  if (!statSync(path).isDirectory()) return { image: path, modules: new Map() };
  const release = join(path, "include/config/kernel.release");
  return existsSync(release) ? partsOfBuild(path, release) : partsOfInstall(path);
}

function partsOfBuild(tree: string, releaseFile: string): KernelParts {
  const release = readFileSync(releaseFile, "utf8").trim();
  return {
    image: firstOf(tree, builtImages, "`make bzImage` makes one"),
    release,
    modules: existsSync(join(tree, "modules.order")) ? builtModules(tree) : new Map(),
    ...existing("builtIn", join(tree, "modules.builtin")),
    ...existing("config", join(tree, ".config")),
  };
}

function partsOfInstall(folder: string): KernelParts {
  const modules = modulesFolderOf(folder);
  const release = modules?.release ?? "";
  const within = modules ? modules.path.slice(folder.length + 1) : "lib/modules";
  const images = [
    ...[`boot/vmlinuz-${release}`, "boot/vmlinuz", `vmlinuz-${release}`, "vmlinuz"],
    ...["bzImage", "vmlinux", "boot/bzImage", "boot/vmlinux", `${within}/vmlinuz`],
    // `modules_install` leaves a link to where the kernel was built.
    ...builtImages.map((name) => `${within}/build/${name}`),
  ];
  const image = firstOf(
    folder,
    images,
    "modules_install leaves none: copy bzImage into the folder",
  );
  if (!modules) return { image, modules: new Map() };
  const configs = [`boot/config-${release}`, `${within}/config`, `${within}/build/.config`];
  const config = configs.map((name) => join(folder, name)).find((file) => existsSync(file));
  return {
    ...{ image, release, modules: moduleFiles(join(modules.path, "kernel")) },
    ...existing("builtIn", join(modules.path, "modules.builtin")),
    ...(config ? { config } : {}),
  };
}

/** @throws IopathError for modules of several kernels */
function modulesFolderOf(folder: string): { path: string; release: string } | undefined {
  const found = ["lib/modules", "usr/lib/modules"].flatMap((below) =>
    namesIfThere(join(folder, below))
      .filter((release) => existsSync(join(folder, below, release, "kernel")))
      .map((release) => ({ path: join(folder, below, release), release })),
  );
  const releases = [...new Set(found.map(({ release }) => release))];
  if (releases.length < 2) return found[0];
  const message = `${folder} has modules of several kernels: ${releases.join(", ")}`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "install one kernel into a folder of its own, with INSTALL_MOD_PATH",
  });
}

function firstOf(folder: string, names: readonly string[], remedy: string): string {
  const files = names.map((name) => join(folder, name));
  const file = files.find((candidate) => existsSync(candidate));
  if (file) return file;
  const message = `no kernel in ${folder}: no ${names.filter((name) => !name.endsWith("-")).join(", ")}`;
  throw new IopathError(ExitStatus.cannotRun, message, { remedy });
}

function existing<Key extends string>(key: Key, file: string): { [Name in Key]?: string } {
  return (existsSync(file) ? { [key]: file } : {}) as { [Name in Key]?: string };
}

/** Differs once any of a kernel's files was built again. */
export function stampOf({ image, modules, builtIn, config }: KernelParts): string {
  const files = [image, builtIn, config, ...modules.values()].filter((file) => file !== undefined);
  const stamps = files.map((file) => {
    const { mtimeMs, size } = statSync(file);
    return `${file} ${mtimeMs} ${size}`;
  });
  return stamps.join("\n");
}
