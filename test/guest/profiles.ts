/**
 * Whether profiles repeat: the cells named are profiled in two guests, one after the other. Prints
 * a line per cell and ends with 1 when one that is exact differs at all, or another by more than
 * promised.
 *
 *     npm run guest:profiles [-- PATH/VARIANT...]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { differenceOf } from "../../harness/src/profile/difference.ts";
import { formatFolded } from "../../harness/src/profile/folded.ts";
import { readProfileIn } from "../../harness/src/profile/folder.ts";
import type { Profile } from "../../harness/src/profile/profile.ts";

const usual = ["tester-only/direct", "xdp/native", "xdp/af-xdp"];
const named = process.argv.slice(2);
const cells = named.length > 0 ? named : usual;
const root = resolve(import.meta.dirname, "../..");
const limitMs = 30 * 60_000;
/** Hot loops with no scheduler and no ring of ours in them: equal to the last instruction. */
const exact = /\/(tester-only\/direct|xdp\/native)\//;
const usualShare = 0.002;

function profileInto(out: string): Map<string, Profile> {
  const { status } = spawnSync(
    join(root, "harness/bin/iopath"),
    ["profile", ...cells, "--out", out],
    { stdio: ["ignore", "ignore", "inherit"], timeout: limitMs },
  );
  if (status !== 0) throw new Error(`\`iopath profile\` ended with status ${status}`);
  const folders = readdirSync(out);
  return new Map(folders.map((name) => [name, readProfileIn(join(out, name))]));
}

function report(one: Profile, other: Profile): boolean {
  const equal = formatFolded(one) === formatFolded(other);
  const { before, after, functions } = differenceOf(one, other);
  const share = Math.abs(after / before - 1);
  const kept = exact.test(one.cell) ? equal : share <= usualShare;
  const how = equal
    ? "equal"
    : `${functions.length} functions differ, ${(100 * share).toFixed(4)} %`;
  console.log(
    `${kept ? "within" : "BEYOND"}  ${one.cell}  ${before.toFixed(2)}, ${after.toFixed(2)}: ${how}`,
  );
  return kept;
}

const folder = mkdtempSync(join(tmpdir(), "iopath-profiles-"));
try {
  const [first, second] = ["first", "second"].map((name) => profileInto(join(folder, name)));
  const kept = [...first!].map(([name, profile]) => report(profile, second!.get(name)!));
  process.exitCode = kept.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
