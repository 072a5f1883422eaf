/** Devices that lose frames by a rule, for searches: no clock, no noise but their own. */
import { uniformFrom } from "../../src/statistics/bootstrap.ts";

/** What a trial of so many seconds at a load loses: a ratio. */
export type Device = (load: number, seconds: number) => number;

/** Forwards up to its capacity and loses what is above. */
export const sharp =
  (capacity: number): Device =>
  (load) =>
    load <= capacity ? 0 : 1 - capacity / load;

/** A capacity that is another one in each trial, by `spread` of it up and down. */
export function noisy(capacity: number, spread: number, seed: number): Device {
  const random = uniformFrom(seed);
  return (load) => sharp(capacity * (1 + spread * (2 * random() - 1)))(load, 1);
}

/** A capacity that falls or rises by so much of it per second of trials. */
export function drifting(capacity: number, perSecond: number): Device {
  let elapsed = 0;
  return (load, seconds) => {
    elapsed += seconds;
    return sharp(capacity * (1 + perSecond * elapsed))(load, seconds);
  };
}

/** Two capacities, and by lot one or the other in a trial. */
export function bimodal(low: number, high: number, shareOfLow: number, seed: number): Device {
  const random = uniformFrom(seed);
  return (load) => sharp(random() < shareOfLow ? low : high)(load, 1);
}

/** Loses some of each load, however low. */
export const leaky =
  (capacity: number, ratio: number): Device =>
  (load, seconds) =>
    Math.max(ratio, sharp(capacity)(load, seconds));

/** Loses a frame now and then, about so many per second of trial, whatever the load. */
export function hiccuping(capacity: number, perSecond: number, seed: number): Device {
  const random = uniformFrom(seed);
  return (load, seconds) => {
    const isHit = random() < 1 - Math.exp(-perSecond * seconds);
    return Math.max(sharp(capacity)(load, seconds), isHit ? 100 / (load * seconds) : 0);
  };
}
