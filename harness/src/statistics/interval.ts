/** An interval of an estimate, both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}
