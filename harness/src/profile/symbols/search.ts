/** Binary search. */

/** @param sorted by `start` */
export function lastAtOrBefore<T extends { readonly start: number }>(
  sorted: readonly T[],
  address: number,
): T | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}
