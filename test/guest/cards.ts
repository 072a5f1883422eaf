/**
 * Every variant that forwards between network interfaces, on every card that a guest can have: in
 * one direction in the machine's lab, in the other between interfaces that are named (`--ports`),
 * each in a guest of its own. Prints what became of each as a table, and ends with 1 when one
 * failed.
 *
 *     npm run guest:cards [-- MACHINES [KERNEL [PATH/VARIANT,...]]]
 */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { vethLabName } from "@iopath/lab";
import { guestMachines } from "@iopath/lab/guest";
import { paths } from "../../harness/src/paths/all.ts";
import { labOf } from "../../harness/src/paths/labs.ts";

const iopath = resolve(import.meta.dirname, "../../harness/bin/iopath");
const named = join(import.meta.dirname, "named-ports-in-guest.ts");
const limitMs = 3_600_000;

/** Those that need no card say nothing about one. */
const withoutCards = ["net-null", "ring", "memif", "virtio-user", "tap"];
const onCards = paths.flatMap(({ name: path, variants }) =>
  variants
    .filter(({ name }) => labOf(path, name) === vethLabName)
    .filter(({ name }) => !withoutCards.includes(name.replace("-huge", "")))
    .map(({ name }) => ({ path, variant: name })),
);

/** What `iopath verify` says of each variant: "xdp/native" → "ok ...", "skipped: ...". */
function verdictsOf(args: readonly string[]): Map<string, string> {
  const options = { encoding: "utf8", timeout: limitMs, maxBuffer: 2 ** 24 } as const;
  const { stdout, stderr } = spawnSync(iopath, args, options);
  process.stderr.write(stderr);
  const lines = stdout.matchAll(/^(\S+\/\S+) {2}(.*)$/gm);
  return new Map([...lines].map(([, variant, verdict]) => [variant!, verdict!]));
}

const [machines, kernel = "debian", only] = process.argv.slice(2);
const cells = onCards.filter(
  ({ path, variant }) => only?.split(",").includes(`${path}/${variant}`) ?? true,
);
const unique = (names: readonly string[]) => [...new Set(names)].join();
const what = [
  ...["--path", unique(cells.map(({ path }) => path))],
  ...["--variant", unique(cells.map(({ variant }) => variant))],
  ...["--frames", "300", "--seed", "7"],
];
const asked = guestMachines
  .filter(({ cards }) => cards !== undefined)
  .map(({ name }) => name)
  .filter((name) => machines?.split(",").includes(name) ?? true);
let whole = true;
console.log("| machine | variant | in its lab | the other way, by `--ports` |\n|---|---|---|---|");
for (const machine of asked) {
  const guest = ["--machine", machine, "--kernel", kernel];
  const limit = ["--limit", String(limitMs / 1000)];
  const both = [
    verdictsOf(["verify", ...guest, ...what]),
    verdictsOf(["guest", ...guest, ...limit, "--", process.execPath, named, ...what]),
  ];
  for (const { path, variant } of cells) {
    const said = both.map((verdicts) => verdicts.get(`${path}/${variant}`) ?? "no answer");
    whole &&= said.every((verdict) => /^(ok|skipped)/.test(verdict));
    console.log(`| ${[machine, `\`${path}/${variant}\``, ...said].join(" | ")} |`);
  }
}
process.exitCode = whole ? 0 : 1;
