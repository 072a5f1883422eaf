/** Commands about this machine: doctor, guest, kernels, clean. */
import { type Command, Option } from "commander";
import { positive, text } from "../flags/parse.ts";
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
    .action(({ json = false }: { json?: boolean }) => answer({ does: "kernels", json }));
  program
    .command("clean")
    .description("remove what killed runs left behind")
    .action(() => answer({ does: "clean" }));
}

interface GuestFlags {
  readonly clock: GuestPlan["clock"];
  readonly machine: string;
  readonly kernel: string;
  readonly limit: number;
}
