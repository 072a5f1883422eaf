/**
 * In which options the kernels of guests differ: rows say a hash of a configuration, and the cache
 * of this machine has its text.
 */
import { cachedKernels, configHashOf, configOf, optionsOf } from "@iopath/lab/guest";

/** More are counted, and not named: two releases differ in thousands. */
const namedMax = 40;

/** The text of a configuration, by its hash; undefined where it is not known here. */
type FindConfig = (hash: string) => string | undefined;

/** Among the kernels of this machine's cache. */
function configInCache(hash: string): string | undefined {
  const configs = cachedKernels().map(({ entry }) => configOf(entry));
  return configs.find((config) => config !== undefined && configHashOf(config) === hash);
}

/**
 * Lines of [what, in A, in B, …] in the form of `Comparison.differences`, of options that differ.
 *
 * @param section whose kernel it is
 * @param hashes of each run; empty or missing where one does not say
 */
export function optionDifferences(
  section: string,
  hashes: readonly (string | undefined)[],
  find: FindConfig = configInCache,
): string[][] {
  if (hashes.some((hash) => !hash) || new Set(hashes).size < 2) return [];
  const differing = differingOptions(hashes, find);
  if (differing === undefined) {
    const known = hashes.map((hash) => (find(hash!) ? "known" : "not known here"));
    return [[`${section}: options of the kernel`, ...known]];
  }
  const lines = differing
    .slice(0, namedMax)
    .map(([name, ...set]) => [`${section}: ${name}`, ...set]);
  const left = differing.length - lines.length;
  if (left === 0) return lines;
  return [...lines, [`${section}: ${left} more options`, ...hashes.map((hash) => hash!)]];
}

/** Lines of [option, in A, in B, …]; undefined where a configuration is not known here. */
export function differingOptions(
  hashes: readonly (string | undefined)[],
  find: FindConfig = configInCache,
): string[][] | undefined {
  const configs = hashes.map((hash) => (hash ? find(hash) : undefined));
  if (configs.some((config) => config === undefined)) return undefined;
  const options = configs.map((config) => optionsOf(config!));
  const names = [...new Set(options.flatMap((one) => [...one.keys()]))].sort();
  const values = names.map((name) => [name, ...options.map((one) => one.get(name) ?? "n")]);
  return values.filter(([, first, ...others]) => others.some((one) => one !== first));
}
