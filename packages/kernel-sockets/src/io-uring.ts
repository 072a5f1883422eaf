/**
 * An io_uring(7) of one thread that polls: submissions and completions are rings of words in shared
 * memory, and the kernel works for us only inside io_uring_enter(2) (IORING_SETUP_DEFER_TASKRUN),
 * so that nothing interrupts the loop.
 */
import { existsSync, readFileSync } from "node:fs";
import { IopathError } from "@iopath/contract";
import {
  call,
  mapAnonymous,
  mapFile,
  Ring,
  raw,
  type Socket,
  SystemError,
  syscall,
} from "@iopath/native";
import {
  bufferRingRegistration,
  completionWords,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_REGISTERED_RING,
  IORING_OFF_SQ_RING,
  IORING_OFF_SQES,
  IORING_REGISTER_FILES,
  IORING_REGISTER_PBUF_RING,
  IORING_REGISTER_RING_FDS,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_UNREGISTER_RING_FDS,
  ioUringParams,
  ringRegistration,
  submissionWords,
} from "./abi.ts";

const { ioUringEnter } = raw;
const setupFlags =
  IORING_SETUP_CQSIZE |
  IORING_SETUP_SUBMIT_ALL |
  IORING_SETUP_SINGLE_ISSUER |
  IORING_SETUP_DEFER_TASKRUN;

const enterFlags = IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING;

/** Since Linux 6.6, Documentation/admin-guide/sysctl/kernel.rst: 1 and 2 forbid io_uring. */
const setting = "/proc/sys/kernel/io_uring_disabled";

/** The descriptor of a new ring. */
function setUp(tried: string, entries: number, params: number): number {
  try {
    return syscall("io_uring_setup", tried, entries, params);
  } catch (error) {
    throw refusalBySetting(error, existsSync(setting) ? readFileSync(setting, "utf8") : "0");
  }
}

/** The error itself where the setting did not refuse it: a seccomp filter also answers EPERM. */
export function refusalBySetting(error: unknown, value: string): unknown {
  const disabled = value.trim();
  const refused = error instanceof SystemError && error.code === "EPERM" && disabled !== "0";
  if (!refused) return error;
  const message = `${error.message}; kernel.io_uring_disabled is ${disabled}`;
  const remedy = "`sysctl kernel.io_uring_disabled=0`";
  return new IopathError(error.exitStatus, message, { remedy, cause: error });
}

export class IoUring implements Disposable {
  readonly fd: number;
  /** System calls since it was set up. */
  syscalls = 0;
  /** Its entries are numbers of submission entries, entry i for i. */
  readonly submissions: Ring;
  readonly completions: Ring;
  /** The submission entries, as words. */
  readonly entries: Int32Array;
  /**
   * Where the ring itself is in this thread's list of rings: a call need not look its descriptor
   * up.
   */
  readonly #registered: number;
  readonly #resources: DisposableStack;

  /**
   * @param submissionEntries a power of two
   * @param completionEntries a power of two, at least as many
   */
  constructor(submissionEntries: number, completionEntries: number) {
    using opening = new DisposableStack();
    using params = mapAnonymous(4096);
    const { view } = params;
    view.setUint32(ioUringParams.completionEntries, completionEntries, true);
    view.setUint32(ioUringParams.flags, setupFlags, true);
    const tried = "set up an io_uring (SINGLE_ISSUER, DEFER_TASKRUN)";
    this.fd = setUp(tried, submissionEntries, params.address);
    opening.defer(() => call("close", "close an io_uring", this.fd));
    const at = (field: number) => view.getUint32(field, true);
    const bytes = Math.max(
      at(ioUringParams.submissionArray) + submissionEntries * 4,
      at(ioUringParams.completionArray) + completionEntries * completionWords.words * 4,
    );
    const rings = opening.use(mapFile(this.fd, bytes, IORING_OFF_SQ_RING, "the rings of io_uring"));
    const entryBytes = submissionEntries * submissionWords.words * 4;
    this.entries = opening.use(
      mapFile(this.fd, entryBytes, IORING_OFF_SQES, "submission entries of io_uring"),
    ).i32;
    this.submissions = new Ring(rings, {
      producer: at(ioUringParams.submissionTail),
      consumer: at(ioUringParams.submissionHead),
      flags: at(ioUringParams.submissionFlags),
      entries: at(ioUringParams.submissionArray),
      size: submissionEntries,
    });
    this.completions = new Ring(rings, {
      producer: at(ioUringParams.completionTail),
      consumer: at(ioUringParams.completionHead),
      flags: at(ioUringParams.completionFlags),
      entries: at(ioUringParams.completionArray),
      size: completionEntries,
    });
    const { words, entriesAt } = this.submissions;
    for (let i = 0; i < submissionEntries; i++) words[entriesAt + i] = i;
    this.#registered = this.#registerItself(opening);
    this.#resources = opening.move();
  }

  #registerItself(opening: DisposableStack): number {
    const update = opening.use(mapAnonymous(4096));
    const register = (operation: number, tried: string) =>
      syscall("io_uring_register", tried, this.fd, operation, update.address, 1);
    update.view.setUint32(ringRegistration.offset, 0xffff_ffff, true);
    update.setUint64(ringRegistration.fd, this.fd);
    register(IORING_REGISTER_RING_FDS, "register an io_uring with its thread");
    // Else the thread would hold the ring, and the ring the sockets, until it ends.
    opening.defer(() => register(IORING_UNREGISTER_RING_FDS, "take an io_uring from its thread"));
    update.setUint64(ringRegistration.fd, 0);
    return update.view.getUint32(ringRegistration.offset, true);
  }

  /** From now on entries name the sockets by their place in this list (IOSQE_FIXED_FILE). */
  registerSockets(sockets: readonly Socket[]): void {
    using list = mapAnonymous(4096);
    for (const [i, { fd }] of sockets.entries()) list.i32[i] = fd;
    this.#register(IORING_REGISTER_FILES, "the sockets", list.address, sockets.length);
  }

  /**
   * Buffers that the kernel takes from a ring of `struct io_uring_buf` at `address`, as group 0.
   */
  registerBufferRing(address: number, entries: number): void {
    using registration = mapAnonymous(4096);
    registration.setUint64(bufferRingRegistration.address, address);
    registration.view.setUint32(bufferRingRegistration.entries, entries, true);
    this.#register(IORING_REGISTER_PBUF_RING, "a ring of buffers", registration.address, 1);
  }

  #register(operation: number, what: string, address: number, count: number): void {
    const tried = `register ${what} with io_uring`;
    syscall("io_uring_register", tried, this.fd, operation, address, count);
  }

  /**
   * Hands over `count` new entries and lets the kernel do its deferred work; does not wait.
   *
   * @returns entries taken; those that were not are withdrawn
   */
  enter(count: number): number {
    const { submissions } = this;
    if (count > 0) submissions.produce();
    this.syscalls++;
    const taken = Math.max(0, ioUringEnter(this.#registered, count, 0, enterFlags));
    if (taken < count) {
      submissions.own = (submissions.own - (count - taken)) | 0;
      submissions.produce();
    }
    return taken;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
