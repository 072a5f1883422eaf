/** Needless work in a path, with which a gate is tried. */
import { z } from "zod";

/**
 * See trial/plant.ts. `instructions`: so many per frame; `syscall`: so many calls per burst
 * into a kernel that has nothing to do; `copy`: so many copies of each frame.
 */
export const plantedSchema = z.strictObject({
  kind: z.enum(["instructions", "syscall", "copy"]),
  count: z.number().int().min(1).max(20_000),
});
export type Planted = z.infer<typeof plantedSchema>;
