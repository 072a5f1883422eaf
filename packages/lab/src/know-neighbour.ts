/** Neighbours that the kernel need not ask for. */
import { permanentNeighbours } from "./kept-port.ts";
import { addUntilDisposed } from "./undo.ts";

/**
 * Tells the kernel who has an address behind a device of the calling thread's namespace, until
 * disposed: nobody answers ARP at a tester's end, and while the kernel asks it holds back a few
 * frames and drops the others. An address that it knows for good stays as it is.
 */
export function knowNeighbour(
  device: string,
  { ipv4, mac }: { readonly ipv4: string; readonly mac: string },
): Disposable {
  const isKnown = permanentNeighbours(device).some(({ dst }) => dst === ipv4);
  if (isKnown) return new DisposableStack();
  return addUntilDisposed(
    "ip",
    ["neighbour", "replace", ipv4, "lladdr", mac, "dev", device, "nud", "permanent"],
    ["neighbour", "delete", ipv4, "dev", device],
  );
}
