/** What the time of a run goes into: cells at work, and what the harness takes besides. */
import { z } from "zod";

const ms = z.number().nonnegative();

/** Milliseconds of a process that made a run, or a part of it. */
export const spentSchema = z.object({
  /** Until its files were written. */
  totalMs: ms,
  /** Of probes and verify passes, the start of their processes included. */
  verifyingMs: ms,
  /** Until the processes of launches had started, opened their paths and warmed up. */
  openingMs: ms,
  /** Of slices, as the processes say that had them. */
  slicesMs: ms,
  /** Of trials by themselves, the start of their processes included. */
  trialsMs: ms,
  /** Of guests that count instructions, side by side. */
  guestsMs: ms,
});

export type Spent = z.infer<typeof spentSchema>;
export type Part = Exclude<keyof Spent, "totalMs">;

const names = Object.keys(spentSchema.shape) as (keyof Spent)[];
export const parts = names.filter((name): name is Part => name !== "totalMs");

/** Of a run that was made in several parts; undefined where none is known. */
export function sumOfSpent([first, ...others]: readonly Spent[]): Spent | undefined {
  return others.reduce<Spent | undefined>((sum, more) => sum && added(sum, more), first);
}

function added(one: Spent, other: Spent): Spent {
  return spentSchema.parse(
    Object.fromEntries(names.map((name) => [name, one[name] + other[name]])),
  );
}
