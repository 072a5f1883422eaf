/** Two ports on verbs devices, as a lab has them. */
import type { PortSpec } from "@iopath/contract";
import { verbsPlace } from "../src/index.ts";

export function portsOn(first: string, second = first): readonly [PortSpec, PortSpec] {
  return verbsPlace([first, second], "guest").ports;
}
