/**
 * Runs the tests that touch the machine, in two lanes: guests and labs keep one CPU busy each. A
 * lane takes the next file when its last one is done, so that both end at about the same time.
 */
import { closeSync, globSync, openSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { commandIn } from "./command.ts";

const laneCount = 2;
/** Files that take minutes, the longest first: begun last, one of them would run on alone. */
const longest = [
  "test/guest.machine.test.ts",
  "test/costs.machine.test.ts",
  "test/conformance.machine.test.ts",
  "test/cards.machine.test.ts",
  "packages/sriov-vf/test/laws.machine.test.ts",
  "packages/pvrdma/test/laws.machine.test.ts",
  "test/profile.machine.test.ts",
];

/** A mount namespace in which no other file has network namespaces, records or owners. */
const apart = [
  ...["unshare", "--mount", "sh", "-c"],
  `for folder in /run/netns /run/iopath; do
    mkdir -p $folder && mount -t tmpfs none $folder || exit 1
  done
  exec "$@"`,
  "apart",
];

/** @returns paths relative to `root`, in the order in which they are begun */
function machineTests(root: string): string[] {
  const files = globSync("{packages/*/test,harness/test,test}/**/*.machine.test.ts", { cwd: root });
  const rank = (file: string) => (longest.includes(file) ? longest.indexOf(file) : longest.length);
  return files.sort((a, b) => rank(a) - rank(b));
}

/** The project of a file in vitest.config.ts: `packages/lab/test/…` is in `lab:machine`. */
function projectOf(file: string): string {
  const [first, second] = file.split(sep);
  return `${first === "packages" ? second : first}:machine`;
}

/**
 * Prints what each file's tests printed when they are done.
 *
 * @param results a folder, into which the JSON report and the output of each file go
 * @returns whether all of them passed
 */
export async function testMachine(root: string, results: string): Promise<boolean> {
  const succeeds = commandIn(root);
  const waiting = machineTests(root);
  const total = waiting.length;
  let good = true;
  const test = async (file: string) => {
    const report = join(results, file.replaceAll(sep, "-"));
    const output = openSync(`${report}.txt`, "w");
    try {
      return await succeeds(commandOf(root, file, `${report}.json`), output);
    } finally {
      closeSync(output);
      console.log(readFileSync(`${report}.txt`, "utf8").trimEnd());
    }
  };
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      console.log(`${total - waiting.length} of ${total}: ${file}`);
      const began = Date.now();
      const passed = await test(file);
      const seconds = Math.round((Date.now() - began) / 1000);
      console.log(`${file}: ${passed ? "passed" : "failed"} in ${seconds} s\n`);
      good &&= passed;
    }
  };
  await Promise.all(Array.from({ length: laneCount }, lane));
  return good;
}

function commandOf(root: string, file: string, report: string): string[] {
  return [
    ...apart,
    ...[process.execPath, join(root, "node_modules/vitest/vitest.mjs"), "run"],
    ...["--project", projectOf(file), file],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ];
}
