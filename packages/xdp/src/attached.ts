/** Variants `native` and `generic`: the kernel forwards by itself, in an XDP program on the ingress. */
import type { AttachedPath, Counters, PortSpec } from "@iopath/contract";
import { BpfMap, bpf, interfaceIndex, XdpLink, type XdpMode, XdpProgram } from "@iopath/native";
import {
  counterBytes,
  firstDropCounter,
  forwardProgram,
  receivedCounter,
  sentCounter,
} from "./forward-program.ts";

class AttachedXdp implements AttachedPath {
  readonly kind = "attached";
  readonly #counters: BpfMap;
  readonly #resources: DisposableStack;

  constructor(counters: BpfMap, resources: DisposableStack) {
    this.#counters = counters;
    this.#resources = resources;
  }

  counters(): Counters {
    const values = this.#counters.sumOfCounters(0);
    return {
      received: values[receivedCounter]!,
      sent: values[sentCounter]!,
      dropped: Uint32Array.from(values.slice(firstDropCounter)),
      unsent: 0,
    };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

export function openAttachedXdp(
  [from, to]: readonly [PortSpec, PortSpec],
  mode: XdpMode,
): AttachedPath {
  using opening = new DisposableStack();
  const counters = opening.use(
    new BpfMap({
      type: bpf.BPF_MAP_TYPE_PERCPU_ARRAY,
      valueBytes: counterBytes,
      entries: 1,
      name: "iopath_counters",
    }),
  );
  const target = {
    interfaceIndex: interfaceIndex(to.device),
    destinationMac: to.neighbor.mac,
    sourceMac: to.mac,
  };
  const program = opening.use(new XdpProgram("iopath_forward", forwardProgram(target, counters)));
  opening.use(new XdpLink(program, interfaceIndex(from.device), mode));
  return new AttachedXdp(counters, opening.move());
}
