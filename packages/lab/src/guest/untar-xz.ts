/** Archives of Debian's kernel sources, packed by xz(1), which this machine may not have. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { throughLoader } from "./toolchain.ts";

/**
 * Extracts with tar(1)'s arguments.
 *
 * @param tools a tree with xz(1)
 * @param options of tar's, and what is wanted of the archive; all of it when nothing is named
 * @returns tar's exit status; null when a signal ended it
 */
export async function untarXz(
  archive: string,
  tools: string,
  options: readonly string[],
  signal?: AbortSignal,
): Promise<number | null> {
  const [loader, ...args] = throughLoader(tools, "usr/bin/xz");
  const xz = spawn(loader!, [...args, "--decompress", "--stdout"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const tar = spawn("tar", ["--extract", ...options], { stdio: ["pipe", "ignore", "inherit"] });
  const end = () => tar.kill("SIGKILL");
  signal?.addEventListener("abort", end);
  // tar may end early, and what is still on the way then finds no reader.
  const feeding = Promise.allSettled([
    pipeline(createReadStream(archive), xz.stdin),
    pipeline(xz.stdout, tar.stdin),
  ]);
  const [status] = (await once(tar, "exit")) as [number | null];
  signal?.removeEventListener("abort", end);
  xz.kill();
  await feeding;
  signal?.throwIfAborted();
  return status;
}
