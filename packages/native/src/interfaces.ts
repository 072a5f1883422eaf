/** Network interfaces of the namespace that the calling thread is in. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { hasCode } from "./if-there.ts";
import { call } from "./libc.ts";
import { AF_INET, SOCK_DGRAM, Socket, scratch } from "./socket.ts";

/** linux/sockios.h */
const SIOCGIFINDEX = 0x8933;
/** struct ifreq: name, index. */
const indexAt = 16;
/** IFNAMSIZ less the terminating zero, linux/if.h. */
const nameBytesMax = 15;

/**
 * The index of an interface; undefined when no interface has this name. netdevice(7);
 * if_nametoindex(3) does not say why it fails.
 */
export function findInterfaceIndex(name: string): number | undefined {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length > nameBytesMax) return undefined;
  const tried = `look up interface ${name}`;
  using socket = new Socket(AF_INET, SOCK_DGRAM, 0, `socket to ${tried}`);
  const { u8, view, address } = scratch();
  u8.fill(0, 0, nameBytesMax + 1);
  u8.set(bytes, 0);
  try {
    call("ioctl", tried, socket.fd, SIOCGIFINDEX, address);
  } catch (error) {
    if (hasCode(error, "ENODEV")) return undefined;
    throw error;
  }
  return view.getInt32(indexAt, true);
}

/** As `findInterfaceIndex`. @throws IopathError when no interface has this name */
export function interfaceIndex(name: string): number {
  const index = findInterfaceIndex(name);
  if (index !== undefined) return index;
  throw new IopathError(ExitStatus.refused, `no interface named ${name} in this namespace`, {
    remedy: "`ip link` lists them all",
  });
}
