/**
 * Ingress and egress on an io_uring: a burst is one io_uring_enter(2) in and one out. In, a
 * multishot receive completes once for each frame that waits at the socket, with MSG_DONTWAIT so
 * that it ends when there are no more: one that stays armed costs a wake-up per frame, which a
 * polled loop has no use for. Out, there is one entry per frame.
 */
import type { Batch, Egress, Ingress } from "@iopath/contract";
import { errnoOf, MSG_DONTWAIT, Refusals } from "@iopath/native";
import {
  completionWords,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_RECV_MULTISHOT,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_FIXED_FILE,
  submissionWords,
} from "./abi.ts";
import type { IoUring } from "./io-uring.ts";
import type { ProvidedBuffers } from "./io-uring-buffers.ts";
import { bufferBytes } from "./message-arena.ts";
import { frameBytesUnmarked, restoreVlanFrame } from "./vlan-filter.ts";

/** Places of the sockets in the list of registered files. */
const receiverFile = 0;
const transmitterFile = 1;

const noBuffers = errnoOf("ENOBUFS");

/** Frames of one multishot operation (MULTISHOT_MAX_RETRY, io_uring/net.c, 6.18). */
const multishotFrames = 32;

/** Bursts in a row that would have done with fewer operations, before there are fewer. */
const smallBurstsMax = 16;

const receiveData = 0;
const sendData = 1;
const receiveOperation =
  IORING_OP_RECV | ((IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT) << 8) | (IORING_RECV_MULTISHOT << 16);
const sendOperation = IORING_OP_SEND | ((IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS) << 8);

/**
 * A submission entry that stays as it is, to be queued again and again; fields not named here are
 * 0.
 */
interface Entry {
  readonly operation: number;
  readonly file: number;
  readonly address?: number;
  readonly userData: number;
}

function prepare({ entries }: IoUring, index: number, entry: Entry): void {
  const { operation, file, address = 0, userData } = entry;
  const at = index * submissionWords.words;
  entries[at + submissionWords.operation] = operation;
  entries[at + submissionWords.file] = file;
  entries[at + submissionWords.address] = address | 0;
  entries[at + submissionWords.address + 1] = Math.floor(address / 2 ** 32);
  entries[at + submissionWords.messageFlags] = MSG_DONTWAIT;
  entries[at + submissionWords.userData] = userData;
}

/**
 * Entries of a forwarder's ring: one per buffer to send, followed by those that receive.
 */
export function entriesFor(buffers: number, burst: number): number {
  return 2 ** Math.ceil(Math.log2(buffers + receivesFor(burst)));
}

function receivesFor(burst: number): number {
  return Math.ceil(burst / multishotFrames);
}

export class IoUringIngress implements Ingress {
  received = 0;
  readonly #ring: IoUring;
  readonly #buffers: ProvidedBuffers;
  readonly #operationsMax: number;
  readonly #firstEntry: number;
  #operations = 1;
  #smallBursts = 0;
  /** Whether an empty completion takes the buffer that it names; undefined until it is known. */
  #emptyTakes: boolean | undefined;
  /** Whether the last completion was the first empty one, whose buffer may be taken. */
  #isLearning = false;

  /** @param burst most frames of a batch */
  constructor(ring: IoUring, buffers: ProvidedBuffers, burst: number) {
    this.#ring = ring;
    this.#buffers = buffers;
    this.#operationsMax = receivesFor(burst);
    this.#firstEntry = buffers.count;
    const entry = { operation: receiveOperation, file: receiverFile, userData: receiveData };
    for (let i = 0; i < this.#operationsMax; i++) prepare(ring, this.#firstEntry + i, entry);
  }

  receive(batch: Batch): number {
    batch.count = 0;
    let available = this.#skipEmpty(this.#ring.completions.available());
    const drains = available === 0;
    if (drains) {
      this.#drain();
      available = this.#ring.completions.available();
    }
    this.#take(batch, available);
    if (drains) this.#adapt(batch.count);
    this.received += batch.count;
    return batch.count;
  }

  /**
   * Linux 6.1 takes a buffer for the completion that says that nothing is left (EAGAIN), too. Such
   * buffers go back as soon as they are the oldest: a batch ends before them. Linux 6.16 and 6.17
   * name a buffer there and do not take it: given back it would be offered twice, and frames would
   * be written over. Others name none.
   */
  #skipEmpty(available: number): number {
    const { completions } = this.#ring;
    const { words, mask, entriesAt } = completions;
    let left = available;
    for (; left > 0; left--) {
      const at = entriesAt + (completions.own & mask) * completionWords.words;
      if (!isEmpty(words, at)) break;
      completions.own = (completions.own + 1) | 0;
      if (this.#isLearning) this.#learn(bufferOf(words, at));
      if (this.#emptyTakes) this.#buffers.giveBack(1);
      else this.#isLearning = this.#emptyTakes === undefined;
    }
    if (left < available) completions.consume();
    return left;
  }

  /** The buffer behind the first empty completion: that one's own again, or the next. */
  #learn(buffer: number): void {
    const { oldest, count } = this.#buffers;
    this.#learned((buffer - oldest) & (count - 1));
  }

  /** @param taken how many buffers went with the first empty completion */
  #learned(taken: number): void {
    this.#isLearning = false;
    this.#emptyTakes = taken > 0;
    this.#buffers.giveBack(taken);
  }

  /** Takes in what waits at the socket; an operation ends when nothing is left, or at its limit. */
  #drain(): void {
    const { submissions } = this.#ring;
    const { words, mask, entriesAt } = submissions;
    for (let i = 0; i < this.#operations; i++) {
      words[entriesAt + (submissions.own & mask)] = this.#firstEntry + i;
      submissions.own = (submissions.own + 1) | 0;
    }
    this.#ring.enter(this.#operations);
  }

  /**
   * More operations as soon as all reached their limit, fewer when that many were long not needed.
   */
  #adapt(frames: number): void {
    const operations = this.#operations;
    if (frames > multishotFrames * operations) this.#operations = this.#operationsMax;
    this.#smallBursts = frames > multishotFrames * (operations - 1) ? 0 : this.#smallBursts + 1;
    if (this.#smallBursts < smallBurstsMax) return;
    this.#operations = 1;
    this.#smallBursts = 0;
  }

  #take(batch: Batch, available: number): void {
    const { memory, buffersAt } = this.#buffers;
    const { completions } = this.#ring;
    const { words, mask, entriesAt } = completions;
    const { offset, length, capacity } = batch;
    let own = completions.own;
    let count = 0;
    for (let left = available; left > 0 && count < capacity; left--) {
      const at = entriesAt + (own & mask) * completionWords.words;
      if (isEmpty(words, at)) break;
      own = (own + 1) | 0;
      if (words[at + completionWords.userData] !== receiveData) continue;
      const flags = words[at + completionWords.flags]!;
      if ((flags & IORING_CQE_F_BUFFER) === 0) {
        // It was the only one.
        if (this.#isLearning && words[at + completionWords.result] === -noBuffers) this.#learned(1);
        continue;
      }
      if (this.#isLearning) this.#learn(flags >>> IORING_CQE_BUFFER_SHIFT);
      const bytes = words[at + completionWords.result]!;
      const buffer = buffersAt + (flags >>> IORING_CQE_BUFFER_SHIFT) * bufferBytes;
      offset[count] = buffer;
      length[count] =
        bytes < frameBytesUnmarked ? restoreVlanFrame(memory.u8, buffer, bytes) : bytes;
      count++;
    }
    completions.own = own;
    completions.consume();
    batch.count = count;
  }
}

function bufferOf(words: Int32Array, at: number): number {
  return words[at + completionWords.flags]! >>> IORING_CQE_BUFFER_SHIFT;
}

/** Whether the completion at `at` has a buffer and no frame. */
function isEmpty(words: Int32Array, at: number): boolean {
  const hasBuffer = (words[at + completionWords.flags]! & IORING_CQE_F_BUFFER) !== 0;
  return hasBuffer && words[at + completionWords.result]! < 0;
}

export class IoUringEgress implements Egress {
  sent = 0;
  unsent = 0;
  readonly refusals = new Refusals();
  readonly #ring: IoUring;
  readonly #buffers: ProvidedBuffers;

  constructor(ring: IoUring, buffers: ProvidedBuffers) {
    this.#ring = ring;
    this.#buffers = buffers;
    const entry = { operation: sendOperation, file: transmitterFile, userData: sendData };
    for (let i = 0; i < buffers.count; i++) {
      prepare(ring, i, { ...entry, address: buffers.addressOf(i) });
    }
  }

  /** With MSG_DONTWAIT a send is done, or has failed, when the system call returns. */
  transmit(batch: Batch): number {
    const { length, count } = batch;
    const ring = this.#ring;
    const { submissions, entries } = ring;
    const { words, mask, entriesAt } = submissions;
    const buffersMask = this.#buffers.count - 1;
    const first = submissions.own;
    let own = first;
    // Frames come to be sent in the order of their buffers' ring.
    let buffer = this.#buffers.oldest;
    for (let i = 0; i < count; i++) {
      const bytes = length[i]!;
      if (bytes > 0) {
        entries[buffer * submissionWords.words + submissionWords.length] = bytes;
        words[entriesAt + (own & mask)] = buffer;
        own = (own + 1) | 0;
      }
      buffer = (buffer + 1) & buffersMask;
    }
    submissions.own = own;
    const queued = (own - first) | 0;
    const before = ring.completions.available();
    let sent = 0;
    if (queued > 0) sent = ring.enter(queued) - this.#failuresBehind(before);
    this.sent += sent;
    this.unsent += queued - sent;
    this.#buffers.giveBack(count);
    return sent;
  }

  /**
   * Only sends that failed leave a completion; frames received meanwhile are left where they are.
   */
  #failuresBehind(before: number): number {
    const { completions } = this.#ring;
    const { words, mask, entriesAt } = completions;
    const available = completions.available();
    let failures = 0;
    for (let i = before; i < available; i++) {
      const at = entriesAt + ((completions.own + i) & mask) * completionWords.words;
      if (words[at + completionWords.userData] !== sendData) continue;
      this.refusals.count(-words[at + completionWords.result]!);
      failures++;
    }
    return failures;
  }
}
