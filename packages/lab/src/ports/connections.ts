/** TCP connections of this machine that a port carries. */
import { SocketAddress } from "node:net";
import { readIfThere } from "@iopath/native";

/** include/net/tcp_states.h */
const established = "01";

/** How many established connections have one of these addresses at this end and not at both. */
export function connectionsOf(addresses: readonly string[]): number {
  const own = new Set(addresses.map(canonical));
  return [...readTable("tcp", "ipv4"), ...readTable("tcp6", "ipv6")].filter(
    ([local, remote]) => own.has(local) && !own.has(remote),
  ).length;
}

/** Addresses of both ends, of the calling thread's namespace. proc_pid_net(5) */
function readTable(file: string, family: "ipv4" | "ipv6"): [local: string, remote: string][] {
  // A kernel without the protocol has no such file.
  return (readIfThere(`/proc/thread-self/net/${file}`) ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === established)
    .map(([, local, remote]) => [fromHex(local!, family), fromHex(remote!, family)]);
}

/** "0100007F:0016": words in the machine's byte order, which is little-endian here. */
function fromHex(text: string, family: "ipv4" | "ipv6"): string {
  const words = text.split(":")[0]!.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, "hex").reverse()]);
  if (family === "ipv4") return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16),
  );
  return canonical(groups.join(":"));
}

/** One text for one address; an IPv4 address that an IPv6 socket has is the IPv4 address. */
function canonical(address: string): string {
  if (!address.includes(":")) return address;
  const { address: text } = new SocketAddress({ address, family: "ipv6" });
  return text.replace(/^::ffff:(?=\d+\.)/, "");
}
