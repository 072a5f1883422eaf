/** Numbers as they are read in tables, figures and messages. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const threeDigits = new Intl.NumberFormat("en-US", {
  notation: "compact",
  maximumSignificantDigits: 3,
});

/** "13,707": digits in threes, no fractions. */
export function formatFigure(value: number): string {
  return whole.format(value);
}

/** The same, with a tenth where it matters: a frame may cost tens of nanoseconds. */
export function formatFine(value: number): string {
  return (value < 100 ? tenths : whole).format(value);
}

/** "180K", "4.05M": how far, not exactly where. */
export function formatCompact(value: number): string {
  return threeDigits.format(value);
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
