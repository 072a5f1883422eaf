/** How most paths find out whether a variant is supported: they open it. */
import { explain, IopathError } from "./errors.ts";
import type { Path, PortSpec, Support } from "./path.ts";
import type { Workload } from "./workload.ts";

/**
 * Opens a variant and closes it again.
 *
 * @param usualRemedy what to do where the error that it ends with does not say so itself
 */
export function probeByOpening(
  path: Pick<Path, "open">,
  variant: string,
  ports: readonly [PortSpec, PortSpec],
  workload: Workload,
  usualRemedy: string,
): Support {
  try {
    path.open(variant, ports, { burst: 1, workload })[Symbol.dispose]();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof IopathError)) {
      return { ok: false, missing: explain(error), remedy: usualRemedy };
    }
    return { ok: false, missing: error.message, remedy: error.remedy ?? usualRemedy };
  }
}
