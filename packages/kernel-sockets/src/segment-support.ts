/** What the kernel must have to cut a message into datagrams (UDP_SEGMENT, udp(7)). */
import { release } from "node:os";
import { ExitStatus, IopathError } from "@iopath/contract";
import { DeviceFeatures } from "@iopath/native";

/** A device with one of them fills in the checksums of UDP over IPv4. */
const checksumFeatures = ["tx-checksum-ip-generic", "tx-checksum-ipv4"] as const;

/**
 * Refuses where each message of several datagrams would be lost: before 6.11 a kernel leaves the
 * datagrams' checksums to the device, and udp_send_skb() answers EIO for one without the offload.
 * That is seen here by release and feature, since the send that would show it goes out.
 */
export function requireSegmenting(egress: string, kernel = release()): void {
  if (checksumsItself(kernel) || checksums(egress)) return;
  throw new IopathError(
    ExitStatus.cannotRun,
    `Linux ${kernel} cuts no message into datagrams for ${egress} (UDP_SEGMENT: EIO), which has no transmit checksum offload`,
    {
      remedy: `boot Linux 6.11 or newer, which fills in checksums itself; or a card with that offload: \`ethtool -k ${egress}\` shows tx-checksumming`,
    },
  );
}

/** Whether a kernel, by its release ("6.12.95-1"), is 6.11 or newer. */
export function checksumsItself(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 11);
}

function checksums(device: string): boolean {
  using features = new DeviceFeatures(device);
  return checksumFeatures.some((name) => features.isOn(name));
}
