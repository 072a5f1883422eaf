/** Variant `af-xdp`: frames cross user space in one UMEM that both ports share, no copy in between. */
import type { PolledPath, PortSpec } from "@iopath/contract";
import {
  Assembler,
  asm,
  BpfMap,
  bpf,
  interfaceIndex,
  type Memory,
  mapAnonymous,
  XdpLink,
  type XdpMode,
  XdpProgram,
} from "@iopath/native";
import { XDP_COPY, XDP_SHARED_UMEM, XDP_USE_NEED_WAKEUP } from "./abi.ts";
import {
  bindXsk,
  chunkBytes,
  chunks,
  mapRings,
  openXsk,
  raiseTransmitBudget,
  registerUmem,
} from "./xsk.ts";
import { fillAll, XskEgress, XskIngress } from "./xsk-ports.ts";

/** Frames that one kick may send, where the kernel lets us say so. */
const transmitBudgetFrames = 256;

class AfXdpPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: XskIngress;
  readonly egress: XskEgress;
  readonly #resources: DisposableStack;

  constructor(umem: Memory, ingress: XskIngress, egress: XskEgress, resources: DisposableStack) {
    this.memory = umem.u8;
    this.ingress = ingress;
    this.egress = egress;
    this.#resources = resources;
  }

  counters() {
    const { received } = this.ingress;
    const { sent, unsent } = this.egress;
    return { received, sent, unsent };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

export function openAfXdp([from, to]: readonly [PortSpec, PortSpec], mode: XdpMode): PolledPath {
  using opening = new DisposableStack();
  // Disposed in reverse: the program goes first, then rings and sockets, the memory under them last.
  const umem = opening.use(mapAnonymous(chunks * chunkBytes));
  const receiver = opening.use(openXsk(from));
  const transmitter = opening.use(openXsk(to));
  registerUmem(receiver, umem);
  const receiving = opening.use(mapRings(receiver));
  const transmitting = opening.use(mapRings(transmitter));
  bindXsk(receiver, from, XDP_COPY | XDP_USE_NEED_WAKEUP);
  bindXsk(transmitter, to, XDP_SHARED_UMEM, receiver);
  raiseTransmitBudget(transmitter, transmitBudgetFrames);
  fillAll(receiving.fill);
  opening.use(redirectToSocket(receiver.fd, from, mode));
  const { rx, fill } = receiving;
  const ingress = new XskIngress(receiver, rx, fill, transmitting.completion);
  const egress = new XskEgress(transmitter, transmitting.tx, fill);
  return new AfXdpPath(umem, ingress, egress, opening.move());
}

/** An XDP program on the port that hands every frame of its queue to the AF_XDP socket `fd`. */
export function redirectToSocket(fd: number, port: PortSpec, mode: XdpMode): Disposable {
  using opening = new DisposableStack();
  const entries = port.queue + 1;
  const type = bpf.BPF_MAP_TYPE_XSKMAP;
  const sockets = opening.use(new BpfMap({ type, valueBytes: 4, entries, name: "iopath_sockets" }));
  sockets.setUint32(port.queue, fd);
  const { r1, r2, r3 } = asm;
  const program = new Assembler()
    .load("u32", r2, r1, bpf.xdpQueue)
    .loadMap(r1, sockets.fd)
    .immediate("move", r3, bpf.XDP_PASS) // what to do where no socket is
    .call(bpf.helperRedirectMap)
    .exit();
  const loaded = opening.use(new XdpProgram("iopath_to_xsk", program));
  opening.use(new XdpLink(loaded, interfaceIndex(port.device), mode));
  return opening.move();
}
