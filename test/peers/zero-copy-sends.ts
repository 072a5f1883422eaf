/** Plain and zero-copy sends of UDP datagrams on an io_uring, and what their completions say. */
import { egressUdpPort } from "@iopath/contract";
import type { IoUring } from "@iopath/kernel-sockets";
import {
  completionWords,
  IORING_OP_SEND,
  IORING_OP_SEND_ZC,
  IOSQE_FIXED_FILE,
  SOL_UDP,
  submissionWords,
  UDP_SEGMENT,
} from "@iopath/kernel-sockets/abi";
import { AF_INET, type Memory, mapAnonymous, SOCK_DGRAM, Socket, syscall } from "@iopath/native";

/** linux/io_uring.h (6.2): flags of a send, of a completion, and the result of a notification. */
const IORING_RECVSEND_FIXED_BUF = 1 << 2;
const IORING_SEND_ZC_REPORT_USAGE = 1 << 3;
const IORING_CQE_F_NOTIF = 1 << 3;
const IORING_NOTIF_USAGE_ZC_COPIED = 1 << 31;
const IORING_REGISTER_BUFFERS = 0;

export interface Kind {
  readonly name: string;
  readonly zeroCopy: boolean;
  /** Opcode, flags and flags of the operation, as the first word of a submission entry. */
  readonly operation: number;
}

function kind(name: string, opcode: number, flags: number): Kind {
  const operation = opcode | (IOSQE_FIXED_FILE << 8) | (flags << 16);
  return { name, zeroCopy: opcode === IORING_OP_SEND_ZC, operation };
}

export const kinds: readonly Kind[] = [
  kind("send", IORING_OP_SEND, 0),
  kind("zero-copy", IORING_OP_SEND_ZC, IORING_SEND_ZC_REPORT_USAGE),
  kind(
    "zero-copy, registered memory",
    IORING_OP_SEND_ZC,
    IORING_SEND_ZC_REPORT_USAGE | IORING_RECVSEND_FIXED_BUF,
  ),
];

/** The payload of a full frame; more than that goes as several datagrams of it (UDP_SEGMENT). */
export const segmentBytes = 1472;

export function openSender(address: string, bytes: number): Socket {
  const socket = new Socket(AF_INET, SOCK_DGRAM, 0, `UDP socket to ${address}`);
  socket.setBuffers(8 << 20);
  if (bytes > segmentBytes) socket.setOption(SOL_UDP, UDP_SEGMENT, segmentBytes, "UDP_SEGMENT");
  socket.connectInet(address, egressUdpPort);
  return socket;
}

/** All of the memory, as buffer 0 of sends with IORING_RECVSEND_FIXED_BUF. */
export function registerMemory(ring: IoUring, memory: Memory): void {
  using vector = mapAnonymous(4096);
  vector.setUint64(0, memory.address);
  vector.setUint64(8, memory.bytes);
  const what = [ring.fd, IORING_REGISTER_BUFFERS, vector.address, 1] as const;
  syscall("io_uring_register", "register memory with io_uring", ...what);
}

export function writeSend(ring: IoUring, memory: Memory, { operation }: Kind, bytes: number): void {
  const { submissions, entries } = ring;
  const at = (submissions.own & submissions.mask) * submissionWords.words;
  entries[at + submissionWords.operation] = operation;
  entries[at + submissionWords.address] = memory.address | 0;
  entries[at + submissionWords.address + 1] = Math.floor(memory.address / 2 ** 32);
  entries[at + submissionWords.length] = bytes;
  submissions.own = (submissions.own + 1) | 0;
}

/**
 * Takes what has completed: sends whose memory may be used again, and those of them that were
 * copied.
 */
export function takeCompletions({ completions }: IoUring, { name, zeroCopy }: Kind) {
  const { words, mask, entriesAt } = completions;
  let done = 0;
  let copied = 0;
  for (let left = completions.available(); left > 0; left--) {
    const at = entriesAt + (completions.own & mask) * completionWords.words;
    completions.own = (completions.own + 1) | 0;
    const result = words[at + completionWords.result]!;
    const notifies = (words[at + completionWords.flags]! & IORING_CQE_F_NOTIF) !== 0;
    if (!notifies && result < 0) throw new Error(`${name}: errno ${-result}`);
    if (notifies && (result & IORING_NOTIF_USAGE_ZC_COPIED) !== 0) copied++;
    if (notifies || !zeroCopy) done++;
  }
  completions.consume();
  return { done, copied };
}
