/** XDP programs on interfaces, and in words what keeps one from being attached. */
import { IopathError } from "@iopath/contract";
import { receiveQueues, SystemError, XdpLink, type XdpMode, type XdpProgram } from "@iopath/native";
import { ip } from "./command.ts";

/** The MTU of every Ethernet, at which each driver with native XDP takes programs. */
const usualMtu = 1500;

/** Of `ip -json link show`, as far as it is used here. */
interface Link {
  readonly mtu: number;
  readonly xdp?: { readonly mode: number; readonly prog?: { readonly id?: number } };
}

/** What is in the way of a program. */
interface Obstacle {
  readonly what: string;
  readonly remedy?: string;
  /** Whether the same program may still run in the kernel's generic hook. */
  readonly ofDriver: boolean;
}

/** An interface that did not take a program. */
export class XdpRefusal extends IopathError {
  readonly ofDriver: boolean;

  constructor(cause: SystemError, { what, remedy, ofDriver }: Obstacle) {
    super(cause.exitStatus, what ? `${cause.message}; ${what}` : cause.message, {
      ...(remedy ? { remedy } : {}),
      cause,
    });
    this.name = "XdpRefusal";
    this.ofDriver = ofDriver;
  }
}

/**
 * Attaches to a device of the calling thread's namespace.
 *
 * @throws XdpRefusal that says which program, MTU or count of queues is in the way
 */
export function attachXdpProgram(program: XdpProgram, device: string, mode: XdpMode): XdpLink {
  try {
    return new XdpLink(program, device, mode);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new XdpRefusal(error, obstacleOf(error.code, device));
  }
}

export interface EitherMode {
  readonly link: XdpLink;
  /** Why it is not in the driver; undefined when it is. */
  readonly refusal: XdpRefusal | undefined;
}

/** In the driver; where that does not take it, in the kernel's generic hook. */
export function attachInEitherMode(program: XdpProgram, device: string): EitherMode {
  try {
    return { link: attachXdpProgram(program, device, "native"), refusal: undefined };
  } catch (refusal) {
    if (!(refusal instanceof XdpRefusal && refusal.ofDriver)) throw refusal;
    return { link: attachXdpProgram(program, device, "generic"), refusal };
  }
}

function obstacleOf(code: string, device: string): Obstacle {
  const [link] = JSON.parse(ip("-json", "link", "show", "dev", device)) as [Link];
  if (link.xdp) return programInTheWay(device, link.xdp);
  const obstacle = obstacles[code]?.(device, link);
  return obstacle ?? { what: "", ofDriver: false };
}

function programInTheWay(device: string, { mode, prog }: NonNullable<Link["xdp"]>): Obstacle {
  const hook = modes[mode] ?? "";
  return {
    what: `${device} has an XDP program already: id ${prog?.id} (${hook})`,
    remedy: `\`bpftool prog show id ${prog?.id}\` tells whose it is; end that, or name another port`,
    ofDriver: false,
  };
}

/** linux/if_link.h, XDP_ATTACHED_* */
const modes: Readonly<Record<number, string>> = { 1: "native", 2: "generic", 3: "offloaded" };

/** By what the kernel and its drivers answer; dev_xdp_attach() of net/core/dev.c and ndo_bpf. */
const obstacles: Readonly<Record<string, (device: string, link: Link) => Obstacle | undefined>> = {
  EOPNOTSUPP: (device) => ({
    what: `the driver of ${device} has no native XDP, or none while LRO is on`,
    ofDriver: true,
  }),
  /** veth. */
  ERANGE: (device, { mtu }) => tooLong(device, mtu),
  /** Most cards say no more than this of a frame that is too long for their buffers. */
  EINVAL: (device, { mtu }) => (mtu > usualMtu ? tooLong(device, mtu) : unknown(device)),
  /** veth: each queue that the peer sends on needs one to receive on. */
  ENOSPC: (device) => {
    const queues = receiveQueues(device);
    return {
      what: `${device} has fewer receive queues (${queues}) than its peer has transmit queues`,
      remedy: `give it as many: \`ethtool -L ${device} rx COUNT\``,
      ofDriver: true,
    };
  },
  /** virtio_net: each CPU needs a queue of its own to send on. */
  ENOMEM: unknown,
  EBUSY: unknown,
  /** A bond or bridge above the device. */
  EEXIST: (device) => ({
    what: `an interface above ${device} has an XDP program`,
    remedy: `take ${device} out of it, or name another port`,
    ofDriver: false,
  }),
};

function tooLong(device: string, mtu: number): Obstacle {
  const whose = mtu > usualMtu ? `the MTU of ${device} is ${mtu}` : `its peer's MTU is larger`;
  return {
    what: `${whose}, and drivers take XDP programs up to 3000 to 3500`,
    remedy: `\`ip link set dev ${device} mtu ${usualMtu}\`, at both ends of the wire`,
    ofDriver: true,
  };
}

function unknown(device: string): Obstacle {
  return {
    what: `the driver of ${device} does not take it as the device is set up`,
    remedy: `see what the kernel says: \`dmesg | tail\`; queues: \`ethtool -l ${device}\``,
    ofDriver: true,
  };
}
