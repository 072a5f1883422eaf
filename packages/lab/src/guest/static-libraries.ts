/**
 * DPDK's static libraries, which keep the names of functions that Debian's shared ones are stripped
 * of: of the very version that is installed, kept in the cache.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cached, cacheFolder, WorkFolder } from "./cache.ts";
import { Apt, suitesOf } from "./debian.ts";
import { hashOfTexts, release } from "./toolchain.ts";

const systemFolder = "/usr/lib/x86_64-linux-gnu";

/** Where static libraries are looked for, beside what is installed. */
export function staticLibraryFolders(): string[] {
  const version = installedVersion();
  return version === undefined ? [] : [join(cacheFolder(), entryName(version))];
}

/**
 * Fetches them, where DPDK is installed without its development files; else it only looks.
 *
 * @param tell gets a line before a step that takes time
 * @throws IopathError when the mirror no longer has this version
 */
export async function setUpStaticLibraries(
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const version = installedVersion();
  if (version === undefined || existsSync(join(systemFolder, "librte_ethdev.a"))) return;
  await cached(entryName(version), async (folder) => {
    tell(`fetching the names of DPDK's functions (9 MB): libdpdk-dev ${version}`);
    using work = new WorkFolder(cacheFolder(), "static-libraries");
    const apt = await Apt.open(join(work.path, "apt"), suitesOf(release), signal);
    const tree = join(work.path, "tree");
    await apt.unpackAlone([`libdpdk-dev=${version}`], tree);
    const from = join(tree, systemFolder);
    for (const file of readdirSync(from).filter((name) => name.endsWith(".a"))) {
      cpSync(join(from, file), join(folder, file));
    }
  });
}

function entryName(version: string): string {
  return `dpdk-static-${hashOfTexts([version])}`;
}

/** Of DPDK's shared libraries; undefined where none are installed. */
function installedVersion(): string | undefined {
  const format = ["db:Status-Status", "Version"].map((field) => `$\{${field}}`).join(" ");
  const query = ["--show", `--showformat=${format}\n`, "librte-eal*"];
  const { stdout } = spawnSync("dpkg-query", query, { encoding: "utf8" });
  return /^installed (\S+)$/m.exec(stdout ?? "")?.[1];
}
