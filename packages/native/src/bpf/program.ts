/** BPF programs, loaded as the assembler made them. */
import { errnoOf, SystemError, syscall } from "../libc.ts";
import { type Memory, mapAnonymous } from "../memory.ts";
import * as abi from "./abi.ts";
import type { Assembler } from "./assembler.ts";
import { attributes, setName, valueAt } from "./attributes.ts";
import { KernelObject } from "./kernel-object.ts";
import { refusal } from "./refusal.ts";

const logBytes = 1 << 20;
const loadAttempts = 20;

/** What a program is written for, and so what its context is. */
interface ProgramKind {
  readonly what: string;
  readonly type: number;
  readonly attachType: number;
}

const xdpKind: ProgramKind = {
  what: "XDP program",
  type: abi.BPF_PROG_TYPE_XDP,
  attachType: abi.BPF_XDP,
};
/** No attach type: the same program goes to a tcx link and to a classic filter. */
const trafficControlKind: ProgramKind = {
  what: "tc program",
  type: abi.BPF_PROG_TYPE_SCHED_CLS,
  attachType: 0,
};

/** A program that the verifier has accepted. */
export class BpfProgram extends KernelObject {
  readonly name: string;

  /** @throws IopathError with the end of the verifier's log, when the kernel refuses it */
  constructor(kind: ProgramKind, name: string, program: Assembler) {
    super(loadProgram(kind, name, program));
    this.name = name;
  }
}

/** A program whose context is struct xdp_md. */
export class XdpProgram extends BpfProgram {
  constructor(name: string, program: Assembler) {
    super(xdpKind, name, program);
  }
}

/** A program whose context is struct __sk_buff, for the hooks of traffic control. */
export class TrafficControlProgram extends BpfProgram {
  constructor(name: string, program: Assembler) {
    super(trafficControlKind, name, program);
  }

  /** Gives the program a name in a bpf file system, by which other programs can find it. */
  pin(path: string): void {
    const page = attributes();
    const { objectPin: at } = abi;
    const bytes = new TextEncoder().encode(`${path}\0`);
    page.u8.set(bytes, valueAt);
    page.setUint64(at.path, page.address + valueAt);
    page.view.setUint32(at.fd, this.fd, true);
    const tried = `pin tc program ${this.name} as ${path}`;
    syscall("bpf", tried, abi.BPF_OBJ_PIN, page.address, at.bytes);
  }
}

function loadProgram(kind: ProgramKind, name: string, program: Assembler): number {
  const code = program.assemble();
  try {
    return tryLoad(kind, name, code);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    using log = mapAnonymous(logBytes);
    try {
      return tryLoad(kind, name, code, log);
    } catch (cause) {
      throw refusal(`${kind.what} ${name}`, program, cause, log);
    }
  }
}

function tryLoad(kind: ProgramKind, name: string, code: Uint8Array, log?: Memory): number {
  // No helper that we call requires a GPL program, so the licence is the project's own.
  const license = new TextEncoder().encode("Apache-2.0\0");
  using text = mapAnonymous(code.length + license.length);
  text.u8.set(code, 0);
  text.u8.set(license, code.length);
  const page = attributes();
  const { programLoad: at } = abi;
  page.view.setUint32(at.type, kind.type, true);
  page.view.setUint32(at.count, code.length / 8, true);
  page.setUint64(at.instructions, text.address);
  page.setUint64(at.license, text.address + code.length);
  if (log) {
    page.view.setUint32(at.logLevel, 1, true);
    page.view.setUint32(at.logSize, log.bytes, true);
    page.setUint64(at.logBuffer, log.address);
  }
  setName(page, at.name, name);
  page.view.setUint32(at.expectedAttachType, kind.attachType, true);
  const tried = `load ${kind.what} ${name}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return syscall("bpf", tried, abi.BPF_PROG_LOAD, page.address, at.bytes);
    } catch (error) {
      if (attempt === loadAttempts || !isInterrupted(error)) throw error;
    }
  }
}

/** The verifier gives up when a signal is pending for its thread; libbpf tries again as well. */
function isInterrupted(error: unknown): boolean {
  return error instanceof SystemError && error.errno === errnoOf("EAGAIN");
}
