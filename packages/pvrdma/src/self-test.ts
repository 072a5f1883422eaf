/**
 * Proves, before anything is measured, that the layouts of `abi.ts` are those of the libibverbs
 * that runs: what it says of its own objects is where it should be, and frames that are described
 * through them come out as they went in. A layout that is wrong would otherwise corrupt memory
 * without a word.
 */
import { Batch, Deadline, ExitStatus, IopathError } from "@iopath/contract";
import {
  IBV_QPT_RC,
  IBV_QPT_UD,
  IBV_WC_RECV,
  IBV_WC_RECV_RDMA_WITH_IMM,
  ibvPd,
  ibvQp,
} from "./abi.ts";
import { type Arena, bufferMask } from "./arena.ts";
import { completion } from "./completions.ts";
import { readUint32, readUint64 } from "./libibverbs.ts";
import type { Operation, QueuePair, Transport } from "./queue-pair.ts";
import type { ReceiveQueue } from "./receive-queue.ts";
import type { SendQueue } from "./send-queue.ts";

/** Shorter than a route header, longer than two cache lines, and the largest of Ethernet. */
const frameSizes = [14, 60, 200, 1514];
const waitMs = 2000;
const datagramTries = 3;

function mismatch(what: string): IopathError {
  const message = `libibverbs' layout is not what it should be: ${what}`;
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy: "please report its version (`dpkg -l libibverbs1`) and the device's provider",
  });
}

/** @throws IopathError that names what differs */
export function checkObjects({ device, address, transport }: QueuePair): void {
  const { context, pd } = device;
  if (readUint64(pd + ibvPd.context) !== context) throw mismatch("a PD names another context");
  if (readUint64(address + ibvQp.context) !== context) throw mismatch("a QP names another context");
  const type = readUint32(address + ibvQp.type);
  const wanted = transport === "rc" ? IBV_QPT_RC : IBV_QPT_UD;
  if (type !== wanted) throw mismatch(`a QP of type ${wanted} says that it is of type ${type}`);
}

/** The two ends of one wire, and the memory of each. */
interface Wire {
  readonly sender: SendQueue;
  readonly senderArena: Arena;
  readonly receiver: ReceiveQueue;
  readonly receiverArena: Arena;
  readonly operation: Operation;
  readonly transport: Transport;
}

/**
 * Sends frames over the wire and looks at what comes. Datagrams may be lost while a link settles:
 * they are tried more than once.
 *
 * @throws IopathError that names what differs
 */
export function checkWire(wire: Wire): void {
  const sent = frameSizes.map((bytes, i) =>
    Uint8Array.from({ length: bytes }, (_, at) => (at * 7 + i) & 0xff),
  );
  const tries = wire.transport === "ud" ? datagramTries : 1;
  for (let left = tries; left > 0; left--) if (passes(wire, sent, left === 1)) return;
}

/** @param last whether frames that are missing are an error */
function passes(wire: Wire, sent: readonly Uint8Array[], last: boolean): boolean {
  const { sender, senderArena } = wire;
  const batch = new Batch(sent.length);
  senderArena.fill(batch, sent);
  const taken = sender.transmit(batch);
  if (taken !== sent.length) throw refusal(wire, taken, sent.length);
  const came = awaitFrames(wire, sent.length);
  if (came.length !== sent.length) {
    sender.reclaim(); // what became of the others is in their completions
    if (!last && sender.device.trouble === undefined) return false;
    throw wireError(wire, came.length, sent.length);
  }
  const same = sent.every((frame, i) => Buffer.compare(frame, came[i]!) === 0);
  if (!same) throw mismatch("frames came out other than they went in");
  return true;
}

const otherVariant = "this provider does not have it: take another variant, or another device";

function refusal({ sender, operation }: Wire, taken: number, wanted: number): IopathError {
  const what = `${sender.device.name} took ${taken} of ${wanted} requests to ${operation}`;
  return new IopathError(ExitStatus.cannotRun, what, { remedy: otherVariant });
}

/** A provider may take a request for another: QEMU's device sends whatever it is asked to write. */
function operationError({ device }: ReceiveQueue, operation: Operation, opcode: unknown) {
  const what = `${device.name} answered a ${operation} with a completion of opcode ${opcode}`;
  return new IopathError(ExitStatus.cannotRun, what, { remedy: otherVariant });
}

function wireError({ sender, receiver, operation }: Wire, came: number, sent: number) {
  const what = `${came} of ${sent} frames came over the wire`;
  const trouble = sender.device.trouble ?? receiver.device.trouble;
  const message = trouble ? `${what}: ${trouble}` : `${what} within ${waitMs / 1000} s`;
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy:
      operation === "send"
        ? "do the ports' GIDs reach each other (`ibv_rc_pingpong`)?"
        : otherVariant,
  });
}

function awaitFrames(wire: Wire, count: number): Uint8Array[] {
  const { receiver, receiverArena: arena, operation } = wire;
  const wanted = operation === "send" ? IBV_WC_RECV : IBV_WC_RECV_RDMA_WITH_IMM;
  const batch = new Batch(count);
  const frames: Uint8Array[] = [];
  const deadline = new Deadline(waitMs);
  const { device } = receiver;
  while (frames.length < count && !device.trouble && !deadline.isOver()) {
    const received = receiver.receive(batch);
    if (received === 0) continue;
    const opcode = receiver.completions.words[completion.opcode];
    if (opcode !== wanted) throw operationError(receiver, operation, opcode);
    for (let i = 0; i < received; i++) {
      const at = batch.offset[i]!;
      frames.push(arena.memory.u8.slice(at, at + batch.length[i]!));
      arena.free[arena.freeCount++] = at & bufferMask;
    }
  }
  return frames;
}
