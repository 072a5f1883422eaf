/** A program tried on one frame, without an interface: BPF_PROG_TEST_RUN of bpf(2). */
import { syscall } from "../libc.ts";
import { type Memory, mapAnonymous } from "../memory.ts";
import * as abi from "./abi.ts";

export interface TestRun {
  readonly verdict: number;
  /** What the program made of the frame. */
  readonly frame: Uint8Array;
}

const inputAt = 4096;
const outputAt = 8192;
const frameBytesMax = 2048;
let memory: Memory | undefined;

/**
 * The kernel takes frames of 14 bytes and more; for a program of traffic control, also no frame
 * that says IPv4 or IPv6 and has no room for that header.
 */
export function testRun(program: { readonly fd: number }, frame: Uint8Array): TestRun {
  memory ??= mapAnonymous(outputAt + 4096);
  const { view, u8 } = memory;
  const { testRun: at } = abi;
  u8.fill(0, 0, at.bytes);
  u8.set(frame, inputAt);
  view.setUint32(at.program, program.fd, true);
  view.setUint32(at.inputBytes, frame.length, true);
  view.setUint32(at.outputBytes, frameBytesMax, true);
  memory.setUint64(at.input, memory.address + inputAt);
  memory.setUint64(at.output, memory.address + outputAt);
  const tried = `run a BPF program on ${frame.length} bytes`;
  syscall("bpf", tried, abi.BPF_PROG_TEST_RUN, memory.address, at.bytes);
  return {
    verdict: view.getUint32(at.verdict, true),
    frame: u8.slice(outputAt, outputAt + view.getUint32(at.outputBytes, true)),
  };
}
