/**
 * The workload `mac-swap`: every frame goes back to the MAC that it came from, as with
 * dpdk-testpmd's forwarding mode `macswap`.
 */
import type { Workload } from "@iopath/contract";
import { macSwap as listing, reasons } from "@iopath/packet-language/listings/mac-swap";
import { ipv4Forward } from "../ipv4-forward/index.ts";
import { ipv6Forward } from "../ipv6-forward/index.ts";
import { formsOf } from "../listing-forms.ts";
import { randomFrames } from "./random-frames.ts";
import { reference } from "./reference.ts";

export const macSwap: Workload = {
  name: "mac-swap",
  summary: "each frame goes on with its MACs swapped, whatever it carries",
  reasons,
  ...formsOf(listing),
  returnsToSender: true,
  forwardsTagged: true,
  reference,
  randomFrames,
  // The same frames on the wire, so that the two differ by what is done to them alone.
  measuring: ipv4Forward.measuring,
  identityOf: ipv4Forward.identityOf,
  isOurs: (frame) => ipv4Forward.isOurs(frame) || ipv6Forward.isOurs(frame),
  isAnswer: () => false,
};
