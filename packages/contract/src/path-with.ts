/** A polled path on top of another one, which has something besides to close. */
import type { PolledPath } from "./path.ts";

/**
 * Forwards as `inner` does, by its very ports: nothing is added to a burst.
 *
 * @param resources closed with the path, `inner` among them
 * @param deviceMode that of `inner` when it is not given
 */
export function pathWith(
  inner: PolledPath,
  resources: Disposable,
  deviceMode = inner.deviceMode,
): PolledPath {
  const { memory, ingress, egress, room, inPlace, testers } = inner;
  return {
    ...{ kind: "polled", memory, ingress, egress },
    ...(room ? { room } : {}),
    ...(inPlace ? { inPlace } : {}),
    ...(testers ? { testers } : {}),
    ...(deviceMode === undefined ? {} : { deviceMode }),
    ...(inner.trouble ? { trouble: () => inner.trouble?.() } : {}),
    counters: () => inner.counters(),
    [Symbol.dispose]: () => resources[Symbol.dispose](),
  };
}
