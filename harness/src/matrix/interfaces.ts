/** The place `hardware` in config and flags: interfaces of this machine in the lab's stead. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Interfaces } from "@iopath/lab";
import { z } from "zod";

const pair = z.tuple([z.string().min(1), z.string().min(1)]);

export const hardwareSchema: z.ZodType<Interfaces> = z.strictObject({
  ports: pair,
  tester: z.union([pair, z.literal("none")]),
  testerNamespace: z.string().min(1).exactOptional(),
  nextHop: z.string().min(1).exactOptional(),
  force: z.boolean().exactOptional(),
});

export interface HardwareFlags {
  readonly ports?: string[];
  readonly tester?: string[];
  readonly testerNamespace?: string;
  readonly nextHop?: string;
  readonly force?: boolean;
}

/** What the flags say of it, over what the config says; undefined for the lab. */
export function chooseHardware(
  configured: Interfaces | undefined,
  flags: HardwareFlags,
): Interfaces | undefined {
  const { ports = configured?.ports, testerNamespace, nextHop, force } = flags;
  const none = flags.tester?.join() === "none";
  const tester = none ? "none" : (flags.tester ?? configured?.tester);
  if (ports === undefined) return undefined;
  if (tester === undefined) throw usageError("--ports needs --tester IF2,IF3, or --tester none");
  const parsed = hardwareSchema.safeParse({
    ...configured,
    ports,
    tester,
    ...(testerNamespace === undefined ? {} : { testerNamespace }),
    ...(nextHop === undefined ? {} : { nextHop }),
    ...(force === undefined ? {} : { force }),
  });
  if (parsed.success) return parsed.data;
  throw usageError("--ports and --tester take two interfaces each: IF0,IF1");
}

function usageError(message: string): IopathError {
  return new IopathError(ExitStatus.usage, message);
}
