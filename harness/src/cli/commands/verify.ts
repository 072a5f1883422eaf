/** `iopath verify`: its flags, and the plan that these come down to. */
import { ExitStatus, frameBytesMax, IopathError } from "@iopath/contract";
import type { Command } from "commander";
import { axes } from "../../matrix/axes.ts";
import type { Overrides } from "../../matrix/override-flags.ts";
import { type WaitFlags, withPlaceFlags, withWaitFlag } from "../flags/options.ts";
import { integer, pathNames, positive, text, valuesOf, variantNames } from "../flags/parse.ts";
import type { Answer, VerifyPlan } from "../plan.ts";
import { addPathsOf } from "./own-paths.ts";

interface VerifyFlags extends Overrides, WaitFlags {
  readonly config?: string;
  readonly frames: number;
  readonly seed?: number;
  readonly pcap?: string;
  readonly writePcap?: string;
}

const { flag: workload } = axes.workload;

export function addVerifyCommand(program: Command, answer: Answer): void {
  const verify = program
    .command("verify")
    .description("send random frames, or a capture, and compare what comes out byte by byte")
    .option("--config <file>", "with the paths of your own that this config names", text)
    .option("--path <names>", "only these paths (comma-separated)", pathNames)
    .option("--variant <names>", "only these variants", variantNames)
    .option(workload.option, workload.help, valuesOf(workload))
    .option("--frames <count>", "how many random frames", positive, 100_000)
    .option("--seed <number>", "of the random frames; printed when drawn", integer)
    .option("--pcap <file>", "send the frames of this capture instead; - is standard input", text)
    .option("--write-pcap <file>", "write the frames that came out", text);
  withPlaceFlags(withWaitFlag(verify)).action(async (flags: VerifyFlags) =>
    answer(await planVerify(flags)),
  );
}

async function planVerify(flags: VerifyFlags): Promise<VerifyPlan> {
  if (flags.config !== undefined) await addPathsOf(flags.config);
  const { narrowSections } = await import("../../matrix/config.ts");
  const { testerOnly, paths } = await import("../../paths/all.ts");
  if (flags.path?.includes(testerOnly)) {
    throw new IopathError(ExitStatus.usage, `path ${testerOnly} forwards nothing to verify`, {
      remedy: `paths are ${paths.map(({ name }) => name).join(", ")}`,
    });
  }
  if ((flags.kernel?.length ?? 0) > 1) {
    throw new IopathError(ExitStatus.usage, "verify takes one kernel at a time", {
      remedy: "`iopath run --kernel` verifies with each of several before it measures",
    });
  }
  const variants = paths.map((path) => [path.name, path.variants.map(({ name }) => name)]);
  // Sizes and windows are the tester's own: verifying ignores them.
  const everything = {
    ...{ paths: Object.fromEntries(variants), frameBytes: [frameBytesMax], windows: [1] },
  };
  const [section] = narrowSections(everything, flags);
  const { frames, seed, pcap, writePcap, wait: waitMinutes } = flags;
  const plan: VerifyPlan = {
    ...{ does: "verify", section: section!, frames, seed, pcap, writePcap, waitMinutes },
  };
  if (writePcap !== undefined) refuseToWrite(plan);
  return plan;
}

/** The frames of one variant go into a file of this machine. */
function refuseToWrite({ section: { paths, place, workloads } }: VerifyPlan): void {
  if (Object.values(paths).flat().length !== 1 || workloads.length !== 1) {
    const message = "--write-pcap takes the frames of one variant with one workload";
    throw new IopathError(ExitStatus.usage, message, {
      remedy: "name them with --path, --variant and --workload",
    });
  }
  if (place.kind !== "guest") return;
  const message = "--write-pcap has no effect with --place guest: what a guest writes ends with it";
  throw new IopathError(ExitStatus.usage, message, { remedy: "leave it out; --pcap works" });
}
