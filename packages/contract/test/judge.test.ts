import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { isClean, Judge } from "../src/index.ts";

/** Frames that differ in their IPv4 identification, as random frames do. */
function frames(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const frame = new Uint8Array(60).fill(i);
    frame[18] = i >> 8;
    frame[19] = i & 0xff;
    return frame;
  });
}

function judge(expected: Uint8Array[], seen: Uint8Array[]) {
  const judging = new Judge(ipv4Forward);
  for (const frame of expected) judging.expect(frame);
  for (const frame of seen) judging.see(frame);
  return judging.verdict();
}

/** 20 frames of which some may wait, and what came of them. */
function judgeWaiting(mayWait: number[], seen: (all: Uint8Array[]) => Uint8Array[]) {
  const judging = new Judge(ipv4Forward);
  const all = frames(20);
  for (const [i, frame] of all.entries()) judging.expect(frame, mayWait.includes(i));
  for (const frame of seen(all)) judging.see(frame);
  return { verdict: judging.verdict(), waited: judging.waited };
}

describe("Judge", () => {
  it("finds nothing wrong when all frames come out in order", () => {
    const all = frames(20);
    expect(isClean(judge(all, all))).toBe(true);
  });

  it("counts a frame that never came as lost", () => {
    const all = frames(20);
    const verdict = judge(all, all.toSpliced(7, 1));
    expect(verdict).toMatchObject({ matched: 19, lost: 1, reordered: 0 });
    expect(isClean(verdict)).toBe(false);
  });

  it("counts a frame that came twice as duplicated", () => {
    const all = frames(20);
    expect(judge(all, all.toSpliced(7, 0, all[6]!))).toMatchObject({ matched: 20, duplicated: 1 });
  });

  it("counts a frame that came late as reordered", () => {
    const all = frames(20);
    const late = all.toSpliced(7, 1).toSpliced(9, 0, all[7]!);
    expect(judge(all, late)).toMatchObject({ matched: 20, lost: 0, reordered: 1 });
  });

  it("takes frames that may wait behind the next one, and counts them", () => {
    const { verdict, waited } = judgeWaiting([7, 8], (all) => [
      ...[...all.slice(0, 7), all[9]!, all[7]!, all[8]!],
      ...all.slice(10),
    ]);
    expect(isClean(verdict)).toBe(true);
    expect(waited).toBe(2);
  });

  it("takes frames that may wait and do not", () => {
    const { verdict, waited } = judgeWaiting([7, 8], (all) => all);
    expect(isClean(verdict)).toBe(true);
    expect(waited).toBe(0);
  });

  it("takes none that waits for two frames", () => {
    const { verdict } = judgeWaiting([7], (all) => all.toSpliced(7, 1).toSpliced(9, 0, all[7]!));
    expect(verdict).toMatchObject({
      reordered: 1,
      firstProblem: expect.stringContaining("by two"),
    });
  });

  it("takes the late one of two equal frames first", () => {
    const judging = new Judge(ipv4Forward);
    const [waiting, next, between] = frames(3);
    const equal = waiting!.slice();
    judging.expect(waiting!, true);
    for (const frame of [next!, between!, equal]) judging.expect(frame);
    for (const frame of [next!, waiting!, between!, equal]) judging.see(frame);
    expect(isClean(judging.verdict())).toBe(true);
    expect(judging.waited).toBe(1);
  });

  it("takes no other frame that waits", () => {
    const { verdict } = judgeWaiting([8], (all) => all.toSpliced(7, 1).toSpliced(8, 0, all[7]!));
    expect(verdict).toMatchObject({ reordered: 1 });
    expect(isClean(verdict)).toBe(false);
  });

  it("counts one that may wait and never comes as lost", () => {
    const { verdict } = judgeWaiting([7], (all) => all.toSpliced(7, 1));
    expect(verdict).toMatchObject({ lost: 1 });
    expect(isClean(verdict)).toBe(false);
  });

  it("counts a frame with a wrong byte as corrupted and names the byte", () => {
    const all = frames(20);
    const wrong = all[7]!.slice();
    wrong[33]! ^= 1;
    const verdict = judge(all, all.with(7, wrong));
    expect(verdict).toMatchObject({ matched: 19, corrupted: 1, lost: 0 });
    expect(verdict.firstProblem).toContain("byte 33");
  });

  it("counts a frame that nobody sent as unknown", () => {
    const all = frames(20);
    const stranger = new Uint8Array(42).fill(0x55);
    expect(judge(all, [...all, stranger])).toMatchObject({ matched: 20, unknown: 1 });
  });
});
