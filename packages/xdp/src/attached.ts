/** Variants in which the kernel forwards by itself, in a program on the ingress: XDP or tc. */
import {
  type AttachedPath,
  type Counters,
  hopOf,
  type OpenOptions,
  type PortSpec,
} from "@iopath/contract";
import { attachToIngress, attachXdpProgram, type TrafficControlHook } from "@iopath/lab";
import {
  Assembler,
  asm,
  BpfMap,
  bpf,
  driverOfDevice,
  interfaceIndex,
  TrafficControlProgram,
  type XdpMode,
  XdpProgram,
} from "@iopath/native";
import {
  firstReasonCounter,
  forwardedCounter,
  receivedCounter,
  tcHook,
  xdpHook,
} from "@iopath/packet-language";
import {
  forwardProgram,
  type Redirect,
  redirectThroughMap,
  redirectToInterface,
} from "./forward-program.ts";

type Ports = readonly [PortSpec, PortSpec];
/** Those that a program in the kernel can heed. */
type Options = Pick<OpenOptions, "workload">;

class AttachedForwarder implements AttachedPath {
  readonly kind = "attached";
  readonly deviceMode: XdpMode | TrafficControlHook;
  readonly #counters: BpfMap;
  readonly #reasons: number;
  readonly #resources: DisposableStack;

  /** @param mode that the kernel attached the program in: it refuses one that the driver has not */
  constructor(
    counters: BpfMap,
    reasons: number,
    resources: DisposableStack,
    mode: XdpMode | TrafficControlHook,
  ) {
    this.#counters = counters;
    this.#reasons = reasons;
    this.deviceMode = mode;
    this.#resources = resources;
  }

  counters(): Counters {
    const values = this.#counters.sumOfCounters(0);
    return {
      received: values[receivedCounter]!,
      sent: values[forwardedCounter]!,
      dropped: Uint32Array.from(
        values.slice(firstReasonCounter, firstReasonCounter + this.#reasons),
      ),
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
  { workload }: Options,
  hook?: TrafficControlHook,
): AttachedPath {
  using opening = new DisposableStack();
  const redirect = redirectToInterface(interfaceIndex(to.device));
  const forward = forwardProgram(tcHook, workload, hopOf(to), redirect);
  const counters = opening.use(newCounters(forward.counterBytes));
  const listing = forward.assemble(counters);
  const program = opening.use(new TrafficControlProgram("iopath_forward", listing));
  const attached = attachToIngress(program, from.device, hook);
  opening.use(attached.attachment);
  return new AttachedForwarder(counters, workload.reasons.length, opening.move(), attached.hook);
}

function attachXdp(
  [from, to]: Ports,
  mode: XdpMode,
  redirect: Redirect,
  { workload }: Options,
  opening: DisposableStack,
): AttachedPath {
  const forward = forwardProgram(xdpHook, workload, hopOf(to), redirect);
  const counters = opening.use(newCounters(forward.counterBytes));
  const listing = forward.assemble(counters);
  const program = opening.use(new XdpProgram("iopath_forward", listing));
  opening.use(attachXdpProgram(program, from.device, mode));
  if (mode === "native") opening.use(takeRedirected(to.device));
  return new AttachedForwarder(counters, workload.reasons.length, opening.move(), mode);
}

/**
 * Makes a device take redirected frames, and those of an AF_XDP socket in zero-copy mode. Drivers
 * of cards (igb, ixgbe, i40e, ice, mlx5) have queues for them only while the device has a program
 * of its own; veth goes by its peer.
 */
export function takeRedirected(device: string): Disposable {
  using opening = new DisposableStack();
  if (driverOfDevice(device) === "veth") return opening.move();
  const pass = new Assembler().immediate("move", asm.r0, bpf.XDP_PASS).exit();
  const program = opening.use(new XdpProgram("iopath_pass", pass));
  opening.use(attachXdpProgram(program, device, "native"));
  return opening.move();
}

function newCounters(valueBytes: number): BpfMap {
  return new BpfMap({
    type: bpf.BPF_MAP_TYPE_PERCPU_ARRAY,
    valueBytes,
    entries: 1,
    name: "iopath_counters",
  });
}
