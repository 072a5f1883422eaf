/** Numbers as they are read in tables, figures and messages. */

const formats = {
  whole: { maximumFractionDigits: 0 },
  tenths: { minimumFractionDigits: 1, maximumFractionDigits: 1 },
  threeDigits: { notation: "compact", maximumSignificantDigits: 3 },
} as const satisfies Record<string, Intl.NumberFormatOptions>;
const made = new Map<keyof typeof formats, Intl.NumberFormat>();

/** Made when it is first used: that takes milliseconds, and many processes format nothing. */
function format(name: keyof typeof formats, value: number): string {
  const known = made.get(name);
  if (known) return known.format(value);
  const first = new Intl.NumberFormat("en-US", formats[name]);
  made.set(name, first);
  return first.format(value);
}

/** "13,707": digits in threes, no fractions. */
export function formatFigure(value: number): string {
  return format("whole", value);
}

/** The same, with a tenth where it matters: a frame may cost tens of nanoseconds. */
export function formatFine(value: number): string {
  return format(value < 100 ? "tenths" : "whole", value);
}

/** "180K", "4.05M": how far, not exactly where. */
export function formatCompact(value: number): string {
  return format("threeDigits", value);
}

/** "1.97×"; nothing for null. */
export function formatRatio(value: number | null): string {
  return value === null ? "" : `${value.toFixed(2)}×`;
}

/** "+3.00 %": the sign apart, as ISO 31-0 has it. */
export function formatPercent(fraction: number, signed = false): string {
  const text = (100 * fraction).toFixed(2);
  return `${signed && fraction >= 0 ? "+" : ""}${text} %`;
}
