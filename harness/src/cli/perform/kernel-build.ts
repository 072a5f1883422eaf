/** `iopath kernel build`: builds a guest's kernel, and says how to boot it. */
import { readFileSync } from "node:fs";
import { ExitStatus, IopathError, troubleOf } from "@iopath/contract";
import { buildKernel } from "@iopath/lab/guest";
import { requireWritable, writeWhole } from "../../files/files.ts";
import type { KernelBuildPlan } from "../kernel-plans.ts";

export async function performKernelBuild(
  { source, into, copy, options: file, jobs }: KernelBuildPlan,
  signal: AbortSignal,
): Promise<number> {
  const options = file === undefined ? undefined : readOptions(file);
  if (copy !== undefined) requireWritable(copy); // before minutes of compiling
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  const built = await buildKernel({ source, into, options, jobs }, tell, signal);
  const { folder, image, release } = built;
  if (copy !== undefined) writeWhole(copy, readFileSync(image));
  const seconds = Math.round(built.seconds);
  const minutes = `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  process.stdout.write(`Linux ${release} is built, in ${minutes}: --kernel ${copy ?? folder}\n`);
  return ExitStatus.ok;
}

/** @throws IopathError, exit status 5 */
function readOptions(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = troubleOf(cause)?.message ?? String(cause);
    throw new IopathError(ExitStatus.input, `--options ${file} can't be read: ${why}`, { cause });
  }
}
