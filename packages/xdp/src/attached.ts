/** Variants in which the kernel forwards by itself, in a program on the ingress: XDP or tc. */
import type { AttachedPath, Counters, OpenOptions, PortSpec } from "@iopath/contract";
import { attachXdpProgram } from "@iopath/lab";
import {
  BpfMap,
  bpf,
  interfaceIndex,
  TrafficControlProgram,
  type XdpMode,
  XdpProgram,
} from "@iopath/native";
import {
  counterBytes,
  type ForwardTarget,
  firstDropCounter,
  forwardProgram,
  type Redirect,
  receivedCounter,
  redirectThroughMap,
  redirectToInterface,
  sentCounter,
  tcForwardProgram,
} from "./forward-program.ts";
import { attachToIngress, type TrafficControlHook } from "./traffic-control.ts";

type Ports = readonly [PortSpec, PortSpec];
/** Of the options those that a program in the kernel can heed. */
type Options = Pick<OpenOptions, "plantedInstructions">;

class AttachedForwarder implements AttachedPath {
  readonly kind = "attached";
  readonly deviceMode?: XdpMode;
  readonly #counters: BpfMap;
  readonly #resources: DisposableStack;

  /** @param mode that the kernel attached the program in: it refuses one that the driver has not */
  constructor(counters: BpfMap, resources: DisposableStack, mode?: XdpMode) {
    this.#counters = counters;
    if (mode) this.deviceMode = mode;
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

/** Variants `native` and `generic`. */
export function openAttachedXdp(ports: Ports, mode: XdpMode, options: Options): AttachedPath {
  using opening = new DisposableStack();
  const redirect = redirectToInterface(interfaceIndex(ports[1].device));
  return attachXdp(ports, mode, redirect, options, opening);
}

/** Variant `native-devmap`. */
export function openDevmapXdp(ports: Ports, options: Options): AttachedPath {
  using opening = new DisposableStack();
  const type = bpf.BPF_MAP_TYPE_DEVMAP;
  const devices = opening.use(
    new BpfMap({ type, valueBytes: 4, entries: 1, name: "iopath_devices" }),
  );
  devices.setUint32(0, interfaceIndex(ports[1].device));
  return attachXdp(ports, "native", redirectThroughMap(devices), options, opening);
}

/** Variant `tc`. @param hook how to attach; by default as the kernel allows */
export function openTrafficControl(
  [from, to]: Ports,
  hook?: TrafficControlHook,
  options: Options = {},
): AttachedPath {
  using opening = new DisposableStack();
  const counters = opening.use(newCounters());
  const redirect = redirectToInterface(interfaceIndex(to.device));
  const listing = tcForwardProgram(targetOf(to, options), redirect, counters);
  const program = opening.use(new TrafficControlProgram("iopath_forward", listing));
  opening.use(attachToIngress(program, from.device, hook));
  return new AttachedForwarder(counters, opening.move());
}

function attachXdp(
  [from, to]: Ports,
  mode: XdpMode,
  redirect: Redirect,
  options: Options,
  opening: DisposableStack,
): AttachedPath {
  const counters = opening.use(newCounters());
  const listing = forwardProgram(targetOf(to, options), redirect, counters);
  const program = opening.use(new XdpProgram("iopath_forward", listing));
  opening.use(attachXdpProgram(program, from.device, mode));
  return new AttachedForwarder(counters, opening.move(), mode);
}

function targetOf(egress: PortSpec, { plantedInstructions = 0 }: Options): ForwardTarget {
  return { destinationMac: egress.neighbor.mac, sourceMac: egress.mac, plantedInstructions };
}

function newCounters(): BpfMap {
  return new BpfMap({
    type: bpf.BPF_MAP_TYPE_PERCPU_ARRAY,
    valueBytes: counterBytes,
    entries: 1,
    name: "iopath_counters",
  });
}
