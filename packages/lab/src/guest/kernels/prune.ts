/** What of a cache goes: what was not used for long, and of too much what was used longest ago. */
export const dayMs = 24 * 60 * 60_000;

interface Kept {
  readonly bytes: number;
  readonly usedAt: Date;
}

export interface PruneLimits {
  /** What was not used for so long goes. */
  readonly unusedMs: number;
  /** Of all that stays; none by itself makes room for others when undefined. */
  readonly bytesMax?: number | undefined;
  /** What was used within this stays in any case. */
  readonly keptMs: number;
}

/** Kept by itself, without being asked. @param bytesMax of all together */
export function usualLimits(bytesMax: number): PruneLimits {
  return { unusedMs: 30 * dayMs, bytesMax, keptMs: dayMs };
}

/** What `--prune DAYS` asks for. */
export function limitsOfDays(days: number): PruneLimits {
  return { unusedMs: days * dayMs, keptMs: 0 };
}

/** @param items the last used first; what is returned goes, in their order */
export function surplus<T extends Kept>(
  items: readonly T[],
  { unusedMs, bytesMax = Number.POSITIVE_INFINITY, keptMs }: PruneLimits,
  now: number,
): T[] {
  let bytes = 0;
  return items.filter((item) => {
    const unused = now - item.usedAt.getTime();
    const stays = unused < keptMs || (unused < unusedMs && bytes + item.bytes <= bytesMax);
    if (stays) bytes += item.bytes;
    return !stays;
  });
}

/** For words about what goes. */
export function unusedFor({ usedAt }: Kept, now: number): string {
  const ms = now - usedAt.getTime();
  const days = Math.floor(ms / dayMs);
  return days > 0 ? `not used for ${days} days` : "used today";
}
