/**
 * Runs the tests that touch the machine, in two lanes: guests and labs keep one CPU busy each. A
 * lane takes the next files when its last ones are done, so that both end at about the same time.
 */
import { closeSync, globSync, openSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { commandIn } from "./command.ts";

/** On two CPUs a third one was tried: each file took twice as long. */
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

/** A mount namespace in which no other lane has network namespaces, records or owners. */
const apart = [
  ...["unshare", "--mount", "sh", "-c"],
  `for folder in /run/netns /run/iopath; do
    mkdir -p $folder && mount -t tmpfs none $folder || exit 1
  done
  exec "$@"`,
  "apart",
];

/** Files of one project that one vitest runs, one after the other: each start takes seconds. */
interface Batch {
  readonly project: string;
  /** Paths relative to the root. */
  readonly files: readonly string[];
}

const filesMax = 4;

/** In the order in which they are begun. */
function machineTests(root: string): Batch[] {
  const files = globSync("{packages/*/test,harness/test,test}/**/*.machine.test.ts", { cwd: root });
  const alone = longest.filter((file) => files.includes(file));
  const short = files.filter((file) => !longest.includes(file)).sort();
  const projects = Map.groupBy(short, projectOf);
  return [
    ...alone.map((file) => ({ project: projectOf(file), files: [file] })),
    ...[...projects].flatMap(([project, files]) =>
      batches(files).map((files) => ({ project, files })),
    ),
  ];
}

function batches(files: readonly string[]): string[][] {
  const count = Math.ceil(files.length / filesMax);
  return Array.from({ length: count }, (_, i) => files.slice(i * filesMax, (i + 1) * filesMax));
}

/** The project of a file in vitest.config.ts: `packages/lab/test/…` is in `lab:machine`. */
function projectOf(file: string): string {
  const [first, second] = file.split(sep);
  return `${first === "packages" ? second : first}:machine`;
}

/**
 * Prints what each batch's tests printed when they are done.
 *
 * @param results a folder, into which the JSON report and the output of each batch go
 * @returns whether all of them passed
 */
export async function testMachine(root: string, results: string): Promise<boolean> {
  const succeeds = commandIn(root);
  const waiting = machineTests(root);
  const total = waiting.length;
  let good = true;
  const test = async (batch: Batch) => {
    const report = join(results, batch.files[0]!.replaceAll(sep, "-"));
    const output = openSync(`${report}.txt`, "w");
    try {
      return await succeeds(commandOf(root, batch, `${report}.json`), output);
    } finally {
      closeSync(output);
      console.log(readFileSync(`${report}.txt`, "utf8").trimEnd());
    }
  };
  const lane = async () => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const names = batch.files.join(", ");
      console.log(`${total - waiting.length} of ${total}: ${names}`);
      const began = Date.now();
      const passed = await test(batch);
      const seconds = Math.round((Date.now() - began) / 1000);
      console.log(`${names}: ${passed ? "passed" : "failed"} in ${seconds} s\n`);
      good &&= passed;
    }
  };
  await Promise.all(Array.from({ length: laneCount }, lane));
  return good;
}

function commandOf(root: string, { project, files }: Batch, report: string): string[] {
  return [
    ...apart,
    ...[process.execPath, join(root, "node_modules/vitest/vitest.mjs"), "run"],
    ...["--project", project, ...files],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ];
}
