/**
 * The kernel's side of tap interfaces: packet sockets that send into one and see what comes of the
 * other.
 */
import {
  ExitStatus,
  IopathError,
  type Mark,
  type MeasuringTester,
  type OwnTesters,
  type VerifyingTester,
} from "@iopath/contract";
import { PacketCapture } from "@iopath/lab";
import {
  AF_PACKET,
  ETH_P_ALL,
  HeldNamespace,
  interfaceIndex,
  type Memory,
  MSG_DONTWAIT,
  mapAnonymous,
  PACKET_IGNORE_OUTGOING,
  raw,
  SOCK_RAW,
  SOL_PACKET,
  Socket,
} from "@iopath/native";

const { recvfrom, sendto } = raw;
const bufferBytes = 4 << 20;
const frameBytesMax = 2048;

interface Ends {
  readonly into: Socket;
  readonly outOf: Socket;
  readonly memory: Memory;
}

/** Opens the sockets at once, while the caller is in the interfaces' namespace. */
export function openTapTesters(
  [ingress, egress]: readonly [string, string],
  resources: DisposableStack,
): OwnTesters {
  const into = resources.use(new Socket(AF_PACKET, SOCK_RAW, 0, `packet socket on ${ingress}`));
  const outOf = resources.use(new Socket(AF_PACKET, SOCK_RAW, 0, `packet socket on ${egress}`));
  into.bindPacket(interfaceIndex(ingress), 0);
  outOf.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  for (const socket of [into, outOf]) socket.setBuffers(bufferBytes);
  outOf.bindPacket(interfaceIndex(egress), ETH_P_ALL);
  const memory = resources.use(mapAnonymous(frameBytesMax * 2));
  const namespace = resources.use(new HeldNamespace());
  const ends = { into, outOf, memory };
  return {
    verifying: () =>
      verifyTap(
        ends,
        namespace.within(() => new PacketCapture(egress)),
      ),
    measuring: (window, { measuring }) => measureTap(ends, window, measuring.mark),
  };
}

/** @param capture of what comes out, with its VLAN tags */
function verifyTap({ into, memory }: Ends, capture: PacketCapture): VerifyingTester {
  return {
    send(frames) {
      for (const frame of frames) {
        memory.u8.set(frame);
        if (sendto(into.fd, memory.address, frame.length, 0, 0, 0) >= 0) continue;
        throw new IopathError(ExitStatus.cannotRun, `send ${frame.length} bytes on ${into.what}`);
      }
    },
    collect: () => capture.take(),
    [Symbol.dispose]: () => capture[Symbol.dispose](),
  };
}

function measureTap(
  { into, outOf, memory }: Ends,
  window: readonly Uint8Array[],
  mark: Mark,
): MeasuringTester {
  const frames = mapAnonymous(window.length * frameBytesMax);
  const lengths = Uint32Array.from(window, (frame) => frame.length);
  for (const [i, frame] of window.entries()) frames.u8.set(frame, i * frameBytesMax);
  let received = 0;
  return {
    sendWindow() {
      for (let i = 0; i < lengths.length; i++) {
        const address = frames.address + i * frameBytesMax;
        if (sendto(into.fd, address, lengths[i]!, MSG_DONTWAIT, 0, 0) < 0) return i;
      }
      return lengths.length;
    },
    received() {
      while (recvfrom(outOf.fd, memory.address, frameBytesMax, MSG_DONTWAIT, 0, 0) > 0) {
        if (memory.u32[mark.at >>> 2] === mark.value) received = (received + 1) | 0;
      }
      return received;
    },
    [Symbol.dispose]: () => frames[Symbol.dispose](),
  };
}
