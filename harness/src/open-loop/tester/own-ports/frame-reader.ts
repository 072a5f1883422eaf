/**
 * What the sink reads of each frame, by functions whose places and values are constants of their
 * code: a loop over tables of them took most of a frame's time. A frame is known by the 32-bit word
 * that it begins at.
 */
import type { FramePlan } from "../frame-plan.ts";

export interface FrameReader {
  /** Whether it has the workload's mark. */
  isOurs(frame: number): boolean;
  /** Whether it has all that is the same in all forwarded frames, the mark included. */
  isWhole(frame: number): boolean;
  epoch(frame: number): number;
  /** 32 bits, of which the highest may be a sign. */
  number(frame: number): number;
  /** When it was sent, in two halves of 32 bits without a sign. */
  timeLow(frame: number): number;
  timeHigh(frame: number): number;
}

/** @param memory that offsets of frames count from */
export function readerOf({ mark, stamps, constants }: FramePlan, memory: Uint8Array): FrameReader {
  const { buffer, byteOffset, byteLength } = memory;
  const words = new Int32Array(buffer, byteOffset, byteLength >>> 2);
  const halves = new Uint16Array(buffer, byteOffset, byteLength >>> 1);
  const compile = <Result>(text: string) =>
    new Function("words", "halves", `return (frame) => ${text};`)(words, halves) as (
      frame: number,
    ) => Result;
  const isDifferent = ({ at, size, value }: (typeof constants)[number]) =>
    size === "u32" ? `${int32At(at)} ^ ${value | 0}` : `${uint16At(at)} ^ ${value}`;
  return {
    isOurs: compile(`(${isDifferent(mark)}) === 0`),
    isWhole: compile(`(${[mark, ...constants].map(isDifferent).join(" | ")}) === 0`),
    epoch: compile(uint16At(stamps.epoch)),
    number: compile(int32At(stamps.sequence)),
    timeLow: compile(`${int32At(stamps.time)} >>> 0`),
    timeHigh: compile(`${int32At(stamps.time + 4)} >>> 0`),
  };
}

function uint16At(byte: number): string {
  return `halves[(frame << 1) + ${byte >>> 1}]`;
}

/** A workload of a user's own may have its fields at any even place. */
function int32At(byte: number): string {
  if ((byte & 3) === 0) return `words[frame + ${byte >>> 2}]`;
  return `(${uint16At(byte)} | ${uint16At(byte + 2)} << 16)`;
}
