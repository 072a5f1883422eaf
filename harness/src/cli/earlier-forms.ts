/** Command lines of earlier versions that CI jobs may still have, as those of today. */

/**
 * `iopath gate --self-test` was what `iopath self-test` is now: of the gate on instructions with
 * `--clock instructions`, and else of the gate by the wall clock.
 */
export function fromEarlierForm(args: readonly string[]): string[] {
  const [command, ...flags] = args;
  if (command !== "gate" || !flags.includes("--self-test")) return [...args];
  const counts = /(^| )--clock[= ]instructions( |$)/.test(flags.join(" "));
  const others = flags.filter((flag) => flag !== "--self-test");
  return ["self-test", counts ? "instructions" : "wall", ...others];
}
