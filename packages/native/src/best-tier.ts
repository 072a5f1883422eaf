/**
 * Which of V8's compilers made a function's code, and how to have the best one make it, by the
 * runtime functions that V8's own tests use.
 *
 * By itself V8 compiles a function again some time after it was called often: whether that is
 * before or after the first sample differs from process to process.
 */
import { setFlagsFromString } from "node:v8";

/** What runs a function, the best one last: V8's interpreter, or code of one of its compilers. */
export const tiers = ["interpreter", "sparkplug", "maglev", "turbofan"] as const;
export type Tier = (typeof tiers)[number];

/** Threads of one process share the flag: another may take it away in between. */
const triesMax = 1000;

/**
 * A function of `f` whose body may call V8's runtime functions.
 *
 * @param body "%WasmTierUpFunction(f)"
 */
export function withNatives<Result = void>(body: string): (f: unknown) => Result {
  for (let tries = 1; ; tries++) {
    setFlagsFromString("--allow-natives-syntax");
    try {
      return new Function("f", body) as (f: unknown) => Result;
    } catch (error) {
      if (tries === triesMax) throw error;
    } finally {
      setFlagsFromString("--no-allow-natives-syntax");
    }
  }
}

/** Has the best compiler compile a function when it is called next, by what its calls were like. */
export function newCompileNext(): (f: (...args: never[]) => unknown) => void {
  return withNatives("%PrepareFunctionForOptimization(f); %OptimizeFunctionOnNextCall(f)");
}

/** Says what runs a function now. */
export function newTierOf(): (f: (...args: never[]) => unknown) => Tier {
  return withNatives(
    "return %ActiveTierIsTurbofan(f) ? 'turbofan' : %ActiveTierIsMaglev(f) ? 'maglev' : " +
      "%ActiveTierIsSparkplug(f) ? 'sparkplug' : 'interpreter'",
  );
}

/** The one that is farthest from the best. */
export function worstTier(seen: readonly Tier[]): Tier | undefined {
  return tiers.find((tier) => seen.includes(tier));
}
