/** AF_XDP sockets and their rings (Linux Documentation/networking/af_xdp.rst). */
import type { PortSpec } from "@iopath/contract";
import { sleepSync } from "@iopath/lab";
import {
  AF_XDP,
  call,
  errnoOf,
  interfaceIndex,
  type Memory,
  mapFile,
  Ring,
  SOCK_RAW,
  SOL_XDP,
  Socket,
  SystemError,
  scratch,
} from "@iopath/native";
import * as abi from "./abi.ts";

export const ringFrames = 2048;
/** Fill and completion rings hold every chunk of the UMEM, so that neither can overflow. */
export const chunks = 4096;
/** As many as drivers have descriptors in a receive queue: virtio-net and igb 256, ixgbe 512. */
export const egressChunks = 512;

/** Bytes of a chunk of the UMEM: 2,048 where the kernel copies. */
export type ChunkBytes = 2048 | 4096;
/**
 * Where a card writes into the chunk itself: drivers give it what a chunk has less the headroom,
 * and some in coarser steps (igb in 1,024 bytes), so that a full frame does not fit into 2,048.
 */
export const zeroCopyChunkBytes = 4096;

/** A just closed socket keeps its queue busy for a moment. */
const bindTries = 100;
const bindWaitMs = 10;

/** Registers memory as the UMEM that this socket, and those that share it, take frames from. */
export function registerUmem(socket: Socket, memory: Memory, chunkBytes: ChunkBytes): void {
  const page = scratch();
  const { umemRegistration: at } = abi;
  page.u8.fill(0, 0, at.bytes);
  page.setUint64(at.address, memory.address);
  page.setUint64(at.length, memory.bytes);
  page.view.setUint32(at.chunkBytes, chunkBytes, true);
  socket.setOptionBytes(SOL_XDP, abi.XDP_UMEM_REG, page, at.bytes, "XDP_UMEM_REG");
}

interface XskRings extends Disposable {
  readonly rx: Ring;
  readonly tx: Ring;
  readonly fill: Ring;
  readonly completion: Ring;
}

/**
 * Sizes and maps all four rings. Both sockets of a shared UMEM on two devices need their own.
 *
 * @param receiveFrames that the RX ring holds, a power of two
 */
export function mapRings(socket: Socket, receiveFrames = ringFrames): XskRings {
  socket.setOption(SOL_XDP, abi.XDP_UMEM_FILL_RING, chunks, "XDP_UMEM_FILL_RING");
  socket.setOption(SOL_XDP, abi.XDP_UMEM_COMPLETION_RING, chunks, "XDP_UMEM_COMPLETION_RING");
  socket.setOption(SOL_XDP, abi.XDP_RX_RING, receiveFrames, "XDP_RX_RING");
  socket.setOption(SOL_XDP, abi.XDP_TX_RING, ringFrames, "XDP_TX_RING");
  const { mmapOffsets: at, ringOffset } = abi;
  const page = socket.getOption(SOL_XDP, abi.XDP_MMAP_OFFSETS, at.bytes, "XDP_MMAP_OFFSETS");
  const mappings = new DisposableStack();
  const map = (
    name: string,
    offsetsAt: number,
    size: number,
    words: number,
    pageOffset: number,
  ) => {
    const layout = {
      producer: page.getUint64(offsetsAt + ringOffset.producer),
      consumer: page.getUint64(offsetsAt + ringOffset.consumer),
      entries: page.getUint64(offsetsAt + ringOffset.entries),
      flags: page.getUint64(offsetsAt + ringOffset.flags),
      size,
    };
    const bytes = layout.entries + size * words * 4;
    const what = `${name} ring of ${socket.what}`;
    return new Ring(mappings.use(mapFile(socket.fd, bytes, pageOffset, what)), layout);
  };
  return {
    rx: map("RX", at.rx, receiveFrames, abi.descriptorWords, abi.XDP_PGOFF_RX_RING),
    tx: map("TX", at.tx, ringFrames, abi.descriptorWords, abi.XDP_PGOFF_TX_RING),
    fill: map("fill", at.fill, chunks, abi.addressWords, abi.XDP_UMEM_PGOFF_FILL_RING),
    completion: map(
      "completion",
      at.completion,
      chunks,
      abi.addressWords,
      abi.XDP_UMEM_PGOFF_COMPLETION_RING,
    ),
    [Symbol.dispose]: () => mappings.dispose(),
  };
}

export function openXsk(port: PortSpec): Socket {
  return new Socket(AF_XDP, SOCK_RAW, 0, `AF_XDP socket on ${port.device} queue ${port.queue}`);
}

/** Binds to the port's device and queue; with `shared`, on the UMEM of that socket. */
export function bindXsk(socket: Socket, port: PortSpec, flags: number, shared?: Socket): void {
  const index = interfaceIndex(port.device);
  const page = scratch();
  const { sockaddrXdp: at } = abi;
  page.u8.fill(0, 0, at.bytes);
  page.view.setUint16(at.family, AF_XDP, true);
  page.view.setUint16(at.flags, flags, true);
  page.view.setUint32(at.interfaceIndex, index, true);
  page.view.setUint32(at.queue, port.queue, true);
  page.view.setUint32(at.sharedFd, shared?.fd ?? 0, true);
  const copies = (flags & abi.XDP_ZEROCOPY) !== 0 ? " for zero-copy" : "";
  const tried = `bind ${socket.what}${copies}`;
  for (let tries = 1; ; tries++) {
    try {
      call("bind", tried, socket.fd, page.address, at.bytes);
      return;
    } catch (error) {
      const busy = error instanceof SystemError && error.errno === errnoOf("EBUSY");
      if (!busy || tries === bindTries) throw error;
      sleepSync(bindWaitMs);
    }
  }
}

/** What the kernel says of a bound socket, whatever was asked for. */
export function isZeroCopy(socket: Socket): boolean {
  const { flags, bytes } = abi.xdpOptions;
  const page = socket.getOption(SOL_XDP, abi.XDP_OPTIONS, bytes, "XDP_OPTIONS");
  return (page.view.getUint32(flags, true) & abi.XDP_OPTIONS_ZEROCOPY) !== 0;
}

/** Lets one kick send a whole burst, where the kernel has the option; returns whether it has. */
export function raiseTransmitBudget(socket: Socket, frames: number): boolean {
  try {
    socket.setOption(SOL_XDP, abi.XDP_MAX_TX_SKB_BUDGET, frames, "XDP_MAX_TX_SKB_BUDGET");
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.errno === errnoOf("ENOPROTOOPT")) return false;
    throw error;
  }
}

/** Frames that found no room: neither a descriptor in the RX ring nor a chunk to be copied to. */
export function readOverflow(socket: Socket): number {
  const { xdpStatistics: at } = abi;
  const page = socket.getOption(SOL_XDP, abi.XDP_STATISTICS, at.bytes, "XDP_STATISTICS");
  return page.getUint64(at.dropped) + page.getUint64(at.ringFull);
}
