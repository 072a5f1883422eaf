/** One line of what is to be searched for: a variant at one frame size. */
import { z } from "zod";
import { interfacesSchema } from "./interfaces.ts";
import { modulesSchema } from "./modules.ts";

const count = z.number().int().positive();
/** How thoroughly: what each means, the open loop says. */
export const profileNames = ["quick", "rfc2544-strict"] as const;
export type ProfileName = (typeof profileNames)[number];

const cpu = z.number().int().nonnegative();
/** The tester's CPU and the forwarder's: on two machines they may have the same number. */
export const cpuPairSchema = z.tuple([cpu, cpu]).readonly();

/** As plans and journals have it. */
export const searchCellSchema = z.strictObject({
  path: z.string(),
  variant: z.string(),
  workload: z.string(),
  /** On the wire, frame check sequence included. */
  frameBytes: count,
  /** Most frames that the forwarder takes at once. */
  burst: count,
  profile: z.enum(profileNames),
  searches: count,
  /** Whether tester and forwarder have real-time priority while frames are sent. */
  realtime: z.boolean(),
  /** The tester's CPU and the forwarder's; without it the topology says. */
  cpus: cpuPairSchema.exactOptional(),
});
export type SearchCell = z.infer<typeof searchCellSchema>;

/** "user@host", or a name in the configuration of ssh(1); a dash begins one of its options. */
export const hostPattern = /^[^\s-]\S*$/;

const farHostSchema = z.strictObject({
  host: z.string().regex(hostPattern),
  /** The words that start iopath there. */
  command: z.array(z.string()).min(1),
});
/** The machine that a tester is on. */
export type FarHost = z.infer<typeof farHostSchema>;

/** All that a run of searches is asked for. */
export const searchesSchema = z.strictObject({
  cells: z.array(searchCellSchema).min(1),
  /** Paths and workloads of the user's own, by absolute files. */
  modules: z.array(modulesSchema),
  /** Interfaces that are there, in place of the lab. */
  interfaces: interfacesSchema.exactOptional(),
  /** Where the tester's interfaces are, if not on this machine. */
  testerHost: farHostSchema.exactOptional(),
});
export type Searches = z.infer<typeof searchesSchema>;

/** "xdp/af-xdp/64B" */
export function nameOfCell({ path, variant, frameBytes }: SearchCell): string {
  return `${path}/${variant}/${frameBytes}B`;
}
