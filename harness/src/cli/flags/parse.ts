/**
 * The grammar of flags, the same in every command. A list is comma-separated. Commander prints what
 * an `InvalidArgumentError` says.
 */
import { InvalidArgumentError } from "commander";
import type { Axis } from "../../matrix/axis-list.ts";
import type { Planted } from "../../matrix/planted.ts";
import { hostPattern } from "../../matrix/search-cell.ts";
import { anyVariantToday, pathToday } from "../../paths/earlier-names.ts";

export function text(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("empty.");
}

/** "user@host" */
export function host(value: string): string {
  if (hostPattern.test(value)) return value;
  throw new InvalidArgumentError("no name of a machine.");
}

/** "sudo -n /opt/iopath/harness/bin/iopath" */
export function words(value: string): string[] {
  return text(value.trim()).split(/\s+/);
}

export function integer(value: string): number {
  if (/^-?\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw new InvalidArgumentError("not a whole number.");
}

export function positive(value: string): number {
  const number = integer(value);
  if (number > 0) return number;
  throw new InvalidArgumentError("not above 0.");
}

/** "0,3": the tester's CPU and the forwarder's. */
export function cpuPair(value: string): [number, number] {
  const [tester, forwarder, ...more] = value.split(",").map(integer);
  if (tester === undefined || forwarder === undefined || more.length > 0)
    throw new InvalidArgumentError("two CPUs are to be named, the tester's and the forwarder's.");
  if (tester < 0 || forwarder < 0) throw new InvalidArgumentError("a CPU is no negative number.");
  return [tester, forwarder];
}

export function names(value: string): string[] {
  const found = value.split(",").map((name) => name.trim());
  if (found.includes("")) throw new InvalidArgumentError("an empty name in a list.");
  return found;
}

export function pathNames(value: string): string[] {
  return names(value).map(pathToday);
}

export function variantNames(value: string): string[] {
  return names(value).map(anyVariantToday);
}

/** By which twice.ts knows a list. */
export const listParsers = new Set<unknown>([names, pathNames, variantNames, percents]);

/** Values of an axis: numbers above 0, and words that stand for some. */
export function valuesOf({ word }: Axis["flag"]) {
  const parse = (value: string): unknown[] =>
    withoutTwins(names(value).flatMap((name) => word?.(name) ?? [positive(name)]));
  listParsers.add(parse);
  return parse;
}

/** Each value of such a list is measured: twice the same would be one cell twice. */
function withoutTwins<T>(values: T[]): T[] {
  const twin = values.find((value, i) => values.indexOf(value) !== i);
  if (twin === undefined) return values;
  throw new InvalidArgumentError(`${twin} is named twice.`);
}

/** "0.01" */
export function fraction(value: string): number {
  const number = Number(text(value));
  if (number > 0 && number <= 10) return number;
  throw new InvalidArgumentError("not a fraction above 0: 0.01 is 1 %.");
}

/** "1,2,5": above 0 and up to 100. */
export function percents(value: string): number[] {
  const values = names(value).map(Number);
  if (values.every((number) => number > 0 && number <= 100)) {
    return withoutTwins(values);
  }
  throw new InvalidArgumentError("not percents above 0 and up to 100: 1,2,5.");
}

/** "2": above 0 and up to 100. */
export function percent(value: string): number {
  const number = Number(text(value));
  if (number > 0 && number <= 100) return number;
  throw new InvalidArgumentError("not a percentage above 0 and up to 100: 2.");
}

/** "10", and more than 100 where an interval is wider than its figure. */
export function widest(value: string): number {
  const number = Number(text(value));
  if (number > 0 && number < Number.POSITIVE_INFINITY) return number;
  throw new InvalidArgumentError("not a percentage above 0: 10.");
}

const minutesPerDay = 24 * 60;

/** Above 0, and a day at most. */
export function minutes(value: string): number {
  const number = Number(text(value));
  if (number > 0 && number <= minutesPerDay) return number;
  throw new InvalidArgumentError("not minutes above 0, a day of them at most.");
}

/** As `minutes`, or 0. */
export function minutesOrNone(value: string): number {
  return /^0+(\.0*)?$/.test(value) ? 0 : minutes(value);
}

/** A whole number, or 0. */
export function daysOrNone(value: string): number {
  const days = integer(value);
  if (days >= 0) return days;
  throw new InvalidArgumentError("not a number of days.");
}

/** "instructions=40", "syscall=1", "copy=1": see trial/plant.ts. */
export function planted(value: string): Planted {
  const [kind = "", count = ""] = value.split("=");
  if (kind === "instructions" || kind === "syscall" || kind === "copy") {
    return { kind, count: positive(count) };
  }
  throw new InvalidArgumentError("not instructions=COUNT, syscall=COUNT or copy=COUNT.");
}
