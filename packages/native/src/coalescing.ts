/** Interrupt coalescing of a network device; struct ethtool_coalesce of linux/ethtool.h (6.1). */
import { Ethtool } from "./ethtool.ts";

const ETHTOOL_GCOALESCE = 0x0e;
const ETHTOOL_SCOALESCE = 0x0f;
/** Words of the structure; the first is the command. */
const words = 23;
const receiveMicroseconds = 1;
const adaptiveReceive = 10;

export interface ReceiveCoalescing {
  /** How long the device holds the interrupt for a received frame back. */
  readonly microseconds: number;
  /** Whether the driver changes that by what it receives. */
  readonly adaptive: boolean;
}

/** @throws SystemError `EOPNOTSUPP` where the driver has no such setting; ethtool(8) `-c` */
export function readReceiveCoalescing(device: string): ReceiveCoalescing {
  using ethtool = new Ethtool(device);
  const settings = ask(ethtool);
  return {
    microseconds: settings[receiveMicroseconds]!,
    adaptive: settings[adaptiveReceive] !== 0,
  };
}

/** @throws SystemError where the driver has no such setting, or not this value; ethtool(8) `-C` */
export function setReceiveCoalescing(device: string, coalescing: ReceiveCoalescing): void {
  using ethtool = new Ethtool(device);
  const settings = ask(ethtool);
  settings[receiveMicroseconds] = coalescing.microseconds;
  settings[adaptiveReceive] = coalescing.adaptive ? 1 : 0;
  const what = `rx-usecs ${coalescing.microseconds}`;
  ethtool.command(what, [ETHTOOL_SCOALESCE, ...settings.slice(1)]);
}

function ask(ethtool: Ethtool): number[] {
  ethtool.command("coalescing", [ETHTOOL_GCOALESCE, ...Array<number>(words - 1).fill(0)]);
  return Array.from({ length: words }, (_, i) => ethtool.word(i));
}
