/** Two ports on verbs devices, as a lab has them. */
import type { PortSpec } from "@iopath/contract";
import { verbsTestbed } from "../src/index.ts";

export function portsOn(first: string, second = first): readonly [PortSpec, PortSpec] {
  return verbsTestbed([first, second], "emulated").ports;
}
