/** Variant `vfio`: two virtual functions, driven from here with no driver in the kernel. */
import type { PolledPath, PortSpec } from "@iopath/contract";
import { bindDriver } from "@iopath/lab";
import { mapFrames } from "@iopath/native";
import { requireKnown } from "./functions.ts";
import {
  bufferBytes,
  bufferRoom,
  buffers,
  FreeBuffers,
  iovaBase,
  ReceiveRing,
  ringBytes,
  TransmitRing,
} from "./rings.ts";
import { Container } from "./vfio.ts";
import { VirtualFunction } from "./virtual-function.ts";

/** One mapping: the receive ring, the transmit ring, the buffers. */
const receiveRingAt = 0;
const transmitRingAt = ringBytes;
const buffersAt = 2 * ringBytes;
const memoryBytes = buffersAt + buffers * bufferBytes;

class VfioPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: ReceiveRing;
  readonly egress: TransmitRing;
  readonly room = bufferRoom;
  readonly #resources: DisposableStack;

  constructor(
    memory: Uint8Array,
    ingress: ReceiveRing,
    egress: TransmitRing,
    resources: DisposableStack,
  ) {
    this.memory = memory;
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

/** @param ports their devices are PCI addresses of virtual functions */
export function openVfio([from, to]: readonly [PortSpec, PortSpec]): PolledPath {
  using opening = new DisposableStack();
  // Disposed in reverse: queues off, device and container closed, memory unmapped, drivers unbound.
  for (const { device } of [from, to]) {
    opening.use(bindDriver(device, "vfio-pci"));
    requireKnown(device);
  }
  const memory = opening.use(mapFrames(memoryBytes));
  const container = opening.use(new Container());
  const receiver = opening.use(new VirtualFunction(container, from.device, from.mac));
  const transmitter = opening.use(new VirtualFunction(container, to.device, to.mac));
  container.mapForDma(memory, iovaBase);
  const free = new FreeBuffers(buffersAt);
  const ingress = new ReceiveRing(memory.i32, receiveRingAt, receiver.registers.words, free);
  const egress = new TransmitRing(memory.i32, transmitRingAt, transmitter.registers.words, free);
  transmitter.enableTransmit(transmitRingAt);
  receiver.enableReceive(receiveRingAt);
  ingress.start();
  return new VfioPath(memory.u8, ingress, egress, opening.move());
}
