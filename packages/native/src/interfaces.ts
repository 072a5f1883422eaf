/** Network interfaces of the namespace that the calling thread is in. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { call } from "./libc.ts";
import { scratch } from "./socket.ts";

/** IFNAMSIZ less the terminating zero, linux/if.h. */
const nameBytesMax = 15;

/** The index of an interface; 0 is no index, so a missing one is an error. if_nametoindex(3) */
export function interfaceIndex(name: string): number {
  const { u8, address } = scratch();
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= nameBytesMax) {
    u8.fill(0, 0, nameBytesMax + 1);
    u8.set(bytes, 0);
    const index = call("if_nametoindex", `look up interface ${name}`, address);
    if (index !== 0) return index;
  }
  throw new IopathError(ExitStatus.refused, `no interface named ${name} in this namespace`, {
    remedy: "`ip link` lists them all",
  });
}
