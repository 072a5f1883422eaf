/** Bars of characters, to an eighth of one. */

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** @param part of `cells` characters, from 0 to 1; what is above 0 shows */
export function bar(part: number, cells: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, part)) * cells * 8);
  const shown = part > 0 ? Math.max(1, filled) : 0;
  return "█".repeat(shown >> 3) + eighths[shown & 7]!;
}

/** A bar in a trough, always `cells` characters long. */
export function progressBar(part: number, cells: number): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * cells);
  return "█".repeat(full) + "░".repeat(cells - full);
}
