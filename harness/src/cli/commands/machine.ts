/** Commands about this machine: doctor, guest, kernels, kernel build, clean. */
import { allowedCpus } from "@iopath/native";
import { type Command, Option } from "commander";
import { daysOrNone, positive, text } from "../flags/parse.ts";
import type { Answer, GuestPlan } from "../plan.ts";
import { addPathsOf } from "./own-paths.ts";

export function addMachineCommands(program: Command, answer: Answer): void {
  program
    .command("doctor")
    .description("say for each path whether it can run here, and if not what to do")
    .option("--config <file>", "with the paths of your own that this config names", text)
    .action(async ({ config }: { config?: string }) => {
      if (config !== undefined) await addPathsOf(config);
      const { paths } = await import("../../paths/all.ts");
      return answer({ does: "doctor", paths: paths.map(({ name }) => name) });
    });
  program
    .command("guest")
    .description("run a command of this machine in a guest: iopath guest -- uname -a")
    .argument("<command...>")
    .addOption(
      new Option("--clock <name>", "what its clock counts")
        .choices(["wall", "instructions"])
        .default("wall"),
    )
    .option("--machine <name>", "what it is", text, "igb")
    .option("--kernel <name>", "what it boots: debian:6.12, a folder, a file", text, "debian")
    .option("--limit <seconds>", "after which the command is ended", positive, 600)
    .action((command: GuestPlan["command"], { clock, machine, kernel, limit }: GuestFlags) =>
      answer({ does: "guest", command, clock, machine, kernel, limitS: limit }),
    );
  program
    .command("kernels")
    .description("list the kernels that a guest can boot: on the Debian mirror, and in the cache")
    .option("--json", "as JSON")
    .option(
      "--prune <days>",
      "remove what was not used for so many days: kernels, sources and builds; 0 removes all",
      daysOrNone,
    )
    .action(({ json = false, prune: days }: { json?: boolean; prune?: number }) =>
      answer(days === undefined ? { does: "kernels", json } : { does: "prune kernels", days }),
    );
  const kernel = program.command("kernel").description("kernels of your own for guests");
  kernel
    .command("build")
    .description("build what a guest boots from a source tree: iopath kernel build ./linux")
    .argument("<source>", "a tree, or debian:6.12 for Debian's source")
    .option("--into <folder>", "where it is built (default: a folder of the cache for each)", text)
    .option("--copy <file>", "a copy of the kernel, which later builds leave alone", text)
    .option("--options <file>", "lines CONFIG_NAME=VALUE over those of the project", text)
    .option("--jobs <count>", "compilers at once (default: one a CPU)", positive)
    .action((source: string, { into, copy, options, jobs = allowedCpus().length }: BuildFlags) =>
      answer({ does: "kernel build", source, into, copy, options, jobs }),
    );
  program
    .command("clean")
    .description("remove what killed runs left behind")
    .action(() => answer({ does: "clean" }));
}

interface BuildFlags {
  readonly into?: string;
  readonly copy?: string;
  readonly options?: string;
  readonly jobs?: number;
}

interface GuestFlags {
  readonly clock: GuestPlan["clock"];
  readonly machine: string;
  readonly kernel: string;
  readonly limit: number;
}
