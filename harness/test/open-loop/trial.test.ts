import { describe, expect, it } from "vitest";
import { profiles } from "../../src/open-loop/profile.ts";
import { fullSpeedOf, searchRates } from "../../src/open-loop/rates.ts";
import { judgeTrial, type Trials, validTrial } from "../../src/open-loop/trial.ts";
import { fakeTrials, trialOf } from "./fake-trials.ts";

const verdict = (...counts: Parameters<typeof trialOf>) => judgeTrial(trialOf(...counts).counts);
const ignore = () => {};

describe("a trial", () => {
  it("counts when the generator was less than 1 % short, and its loss is of what was offered", () => {
    const counts = { intended: 1000, offered: 991, forwarded: 981 };
    expect(verdict(counts)).toEqual({ is: "valid", lossRatio: 1 - 981 / 991 });
    expect(verdict({ intended: 1000, offered: 989 }).is).toBe("short");
  });

  it("counts with a short generator where much of what was sent was lost: the load is too high", () => {
    const lossRatio = 0.4;
    expect(verdict({ intended: 1000, offered: 900, forwarded: 540 })).toEqual({
      is: "valid",
      lossRatio: expect.closeTo(lossRatio, 9),
    });
    expect(verdict({ intended: 1000, offered: 900, forwarded: 890 }).is).toBe("short");
  });

  it("is wrong when frames came back changed or twice", () => {
    expect(verdict({ corrupted: 1 })).toMatchObject({ is: "wrong" });
    expect(verdict({ duplicated: 1 })).toMatchObject({ is: "wrong" });
  });

  it("does not count when others had more than 1 % of a polling forwarder's CPU, lossy or not", () => {
    expect(verdict({ windowNs: 1e9, takenNs: 9e6, offered: 10, forwarded: 5 }).is).toBe("valid");
    expect(verdict({ windowNs: 1e9, takenNs: 2e7 }).is).toBe("disturbed");
    expect(verdict({ windowNs: 1e9, takenNs: null, forwardingNs: 0 }).is).toBe("valid");
  });

  it("does not count when more came back than was sent, or frames still come", () => {
    expect(verdict({ offered: 1000, forwarded: 1001 }).is).toBe("more than sent");
    expect(verdict({ restless: true }).is).toBe("restless");
  });
});

describe("a trial that does not count", () => {
  const always = (trial: ReturnType<typeof trialOf>): Trials => ({ trial: async () => trial });

  it("is made again, and then the generator's reach is known", async () => {
    let made = 0;
    const short = always(trialOf({ intended: 1000, offered: 900, early: 5000 }));
    const end = await validTrial(short, 1000, 1, () => made++);
    expect(end).toEqual({ reached: 900, interrupted: true });
    expect(made).toBe(3);
  });

  it("is made again while others have the forwarder's CPU, eight times at most", async () => {
    let made = 0;
    const busy = always(trialOf({ windowNs: 1e9, takenNs: 7.1e7 }));
    const end = await validTrial(busy, 1000, 1, () => made++);
    expect(end).toEqual({ disturbed: "others had 7.1 % of the forwarder's CPU" });
    expect(made).toBe(8);
  });

  it("counts the second time, if it is one then", async () => {
    const trials = [trialOf({ offered: 10, forwarded: 11 }), trialOf({ offered: 10 })];
    const end = await validTrial({ trial: async () => trials.shift()! }, 10, 1, ignore);
    expect(end).toMatchObject({ lossRatio: 0 });
  });

  it("is an error after a negative loss each time", async () => {
    const more = always(trialOf({ offered: 10, forwarded: 11 }));
    const end = validTrial(more, 10, 1, ignore);
    await expect(end).rejects.toThrow("11 frames came back of 10, 3 times");
  });

  it("is an error at once when a frame was changed", async () => {
    const wrong = always(trialOf({ offered: 10, corrupted: 2 }));
    const end = validTrial(wrong, 10, 1, ignore);
    await expect(end).rejects.toThrow("2 of 10 frames came back changed");
  });
});

describe("the rates of a device", () => {
  const { quick } = profiles;
  const find = async (trials: Trials, realtime = false, goals = quick.goals) => {
    const full = await fullSpeedOf(trials);
    const profile = { ...quick, goals };
    return await searchRates(trials, { profile, full, realtime, tell: ignore });
  };

  it("are found below what its generator reaches", async () => {
    const { results } = await find(fakeTrials(700_000, 2e6));
    for (const { conditionalThroughput: rate } of results) {
      expect(Math.abs(rate! / 700_000 - 1)).toBeLessThan(0.02);
    }
  });

  it("have no upper bound where the generator is the slower one", async () => {
    const { results, reached } = await find(fakeTrials(9e6, 1e6));
    expect(results.map(({ irregularity }) => irregularity)).toEqual([
      "no upper bound",
      "no upper bound",
    ]);
    expect(reached).toBeGreaterThan(0.9e6);
  });

  it("are looked for higher where a device forwards little of too much", async () => {
    const device: Trials = {
      async trial(rate = 4e6, seconds) {
        const offered = Math.round(rate * seconds);
        const forwarded = rate > 1.2e6 ? Math.round(100_000 * seconds) : offered;
        return trialOf({ offered, forwarded, sendingNs: seconds * 1e9 });
      },
    };
    const { results } = await find(device);
    expect(results[0]!.conditionalThroughput).toBeGreaterThan(1.1e6);
  });

  it("end with what is known when something else gets the generator's CPU in the middle", async () => {
    let made = 0;
    const device = fakeTrials(700_000, 2e6);
    // Narrow goals, where one trial decides about a load: bounds are known long before the end.
    const one = { initialTrialS: 0.5, finalTrialS: 0.5, durationSumS: 0.5, exceedRatio: 0 };
    const [ndr, pdr] = quick.goals.map((goal) => ({ ...goal, ...one, width: 1e-4 }));
    const cutDevice: Trials = {
      async trial(rate, seconds) {
        const trial = await device.trial(rate, seconds);
        if (made++ < 14 || rate === undefined) return trial;
        const offered = trial.counts.intended >> 1;
        return trialOf({ ...trial.counts, offered, early: 10 * offered });
      },
    };
    const { results, cut } = await find(cutDevice, false, [ndr!, pdr!]);
    expect(cut?.message).toContain("something else had its CPU");
    for (const { irregularity, lowerBound = 0, upperBound = 9e9 } of results) {
      expect(irregularity).toBe("not narrow enough");
      expect(lowerBound).toBeLessThan(705_000);
      expect(upperBound).toBeGreaterThan(700_000);
    }
  });

  it("are none where others have the forwarder's CPU in each trial", async () => {
    const busy: Trials = {
      async trial(rate = 1e6, seconds) {
        const offered = Math.round(rate * seconds);
        return trialOf({ offered, sendingNs: seconds * 1e9, takenNs: 5e7 });
      },
    };
    await expect(find(busy)).rejects.toThrow("others had 5.0 % of the forwarder's CPU, each time");
  });

  it.each([
    [false, "let `--realtime` take the CPUs from it"],
    [true, "`--realtime` does not help against a hypervisor"],
  ])(
    "are invalid where something else has the generator's CPU, real-time: %s",
    async (realtime, remedy) => {
      const busy: Trials = {
        async trial(rate, seconds) {
          const intended = Math.round((rate ?? 1e6) * seconds);
          const offered = rate === undefined ? intended : intended >> 1;
          return trialOf({ intended, offered, early: 10 * offered, sendingNs: seconds * 1e9 });
        },
      };
      const end = expect(find(busy, realtime)).rejects;
      await end.toMatchObject({
        message: expect.stringContaining("something else had its CPU"),
        remedy: expect.stringContaining(remedy),
      });
    },
  );
});
