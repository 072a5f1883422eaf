/** Interfaces of this host instead of the lab, in config (`hardware`) and flags (`--ports`). */
import type { Interfaces } from "@iopath/lab";
import { z } from "zod";
import { usageError } from "./usage-error.ts";

const pair = z.tuple([z.string().min(1), z.string().min(1)]);

export const interfacesSchema: z.ZodType<Interfaces> = z.strictObject({
  ports: pair,
  tester: z.union([pair, z.literal("none")]),
  testerNamespace: z.string().min(1).exactOptional(),
  nextHop: z.string().min(1).exactOptional(),
  force: z.boolean().exactOptional(),
});

export interface InterfacesFlags {
  readonly ports?: string[];
  readonly tester?: string[];
  readonly testerNamespace?: string;
  readonly nextHop?: string;
  readonly force?: boolean;
}

/** What the flags say of it, over what the config says; undefined if neither names any. */
export function chooseInterfaces(
  configured: Interfaces | undefined,
  flags: InterfacesFlags,
): Interfaces | undefined {
  const { ports = configured?.ports, testerNamespace, nextHop, force } = flags;
  const none = flags.tester?.join() === "none";
  const tester = none ? "none" : (flags.tester ?? configured?.tester);
  if (ports === undefined) return undefined;
  if (tester === undefined) throw usageError("--ports needs --tester IF2,IF3, or --tester none");
  const parsed = interfacesSchema.safeParse({
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
