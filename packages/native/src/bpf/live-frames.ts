/**
 * Frames that an XDP program sends, made by the kernel: BPF_PROG_TEST_RUN with
 * BPF_F_TEST_XDP_LIVE_FRAMES (Linux Documentation/bpf/bpf_prog_run.rst). The program runs over and
 * over on the calling thread, each time on a page that holds the frame as an earlier run, or
 * whoever received it, left it; what it redirects is sent, and what it drops is tried again.
 */
import { call, errnoOf, SystemError, syscall } from "../libc.ts";
import { type Memory, mapAnonymous } from "../memory.ts";
import * as abi from "./abi.ts";

const frameAt = 512;
const timerAt = 256;
/** Far more runs than a trial has time for: a timer ends them. */
const repeatMax = 0x7fff_ffff;
/** sys/time.h; how often a signal is sent again, should one come too early. */
const ITIMER_REAL = 0;
const againUs = 10_000;

interface LiveOptions {
  /** Runs between two looks of the kernel at what is to be sent. */
  readonly batch: number;
  readonly frame: Uint8Array;
}

/** One program and its frame. */
export class LiveFrames implements Disposable {
  readonly #memory: Memory = mapAnonymous(4096);
  readonly #ignore = () => {};

  constructor(program: { readonly fd: number }, { batch, frame }: LiveOptions) {
    const memory = this.#memory;
    const { view } = memory;
    const { testRun: at } = abi;
    memory.u8.set(frame, frameAt);
    view.setUint32(at.program, program.fd, true);
    view.setUint32(at.inputBytes, frame.length, true);
    memory.setUint64(at.input, memory.address + frameAt);
    view.setUint32(at.repeat, repeatMax, true);
    view.setUint32(at.flags, abi.BPF_F_TEST_XDP_LIVE_FRAMES, true);
    view.setUint32(at.batch, batch, true);
    // A signal that is not handled would end the process.
    process.on("SIGALRM", this.#ignore);
  }

  /**
   * Runs the program for so long. The thread is in the kernel meanwhile; devices are those of its
   * network namespace.
   */
  run(forMs: number): void {
    this.#setTimer(forMs * 1000, againUs);
    try {
      const tried = "send live frames with a BPF program";
      syscall("bpf", tried, abi.BPF_PROG_TEST_RUN, this.#memory.address, abi.testRun.bytes);
    } catch (error) {
      if (!(error instanceof SystemError && error.errno === errnoOf("EINTR"))) throw error;
    } finally {
      this.#setTimer(0, 0);
    }
  }

  /** struct itimerval: the interval, then the time to the first signal; seconds and the rest. */
  #setTimer(us: number, againUs: number): void {
    const memory = this.#memory;
    memory.setUint64(timerAt, 0);
    memory.setUint64(timerAt + 8, againUs);
    memory.setUint64(timerAt + 16, Math.floor(us / 1e6));
    memory.setUint64(timerAt + 24, Math.round(us % 1e6));
    const address = memory.address + timerAt;
    call("setitimer", "set a timer", ITIMER_REAL, address, 0);
  }

  [Symbol.dispose](): void {
    process.off("SIGALRM", this.#ignore);
    this.#memory[Symbol.dispose]();
  }
}
