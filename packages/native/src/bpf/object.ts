/**
 * Maps, programs and links: objects of the kernel that live as long as their descriptor is open.
 */
import { closeSync, readFileSync } from "node:fs";
import { parseCpus } from "../cpus.ts";
import { interfaceIndex } from "../interfaces.ts";
import { errnoOf, SystemError, syscall } from "../libc.ts";
import { type Memory, mapAnonymous, mapFile } from "../memory.ts";
import * as abi from "./abi.ts";
import type { Assembler } from "./assembler.ts";
import { refusal } from "./refusal.ts";

const logBytes = 1 << 20;
const loadAttempts = 20;
const nameBytesMax = 15;

/** Room for a 64-byte value on each of 1,024 CPUs. */
const attributePageBytes = 1 << 17;

/** One attribute page for all calls; they are synchronous, so one is enough. */
let attributePage: Memory | undefined;
function attributes(): Memory {
  attributePage ??= mapAnonymous(attributePageBytes);
  attributePage.u8.fill(0, 0, 256);
  return attributePage;
}

/** Keys and values pass through this page, behind the attributes of the same call. */
const keyAt = 512;
const valueAt = 1024;

abstract class KernelObject implements Disposable {
  readonly fd: number;
  #open = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.fd);
  }
}

export interface MapOptions {
  readonly type: number;
  readonly valueBytes: number;
  readonly entries: number;
  readonly name: string;
  readonly flags?: number;
}

/** A BPF map with 32-bit keys. */
export class BpfMap extends KernelObject {
  readonly options: MapOptions;

  /** @param fd of an existing map; without it a new one is made */
  constructor(options: MapOptions, fd = createMap(options)) {
    super(fd);
    this.options = options;
  }

  /** A map of another process, by its number. @param options as it was made with */
  static open(id: number, options: MapOptions): BpfMap {
    const page = attributes();
    page.view.setUint32(0, id, true);
    const tried = `open BPF map ${options.name} (id ${id})`;
    const fd = syscall("bpf", tried, abi.BPF_MAP_GET_FD_BY_ID, page.address, 12);
    return new BpfMap(options, fd);
  }

  /** The kernel's number of the map, by which another process can open it. bpf(2), fdinfo */
  get id(): number {
    const info = readFileSync(`/proc/self/fdinfo/${this.fd}`, "utf8");
    return Number(/^map_id:\s*(\d+)$/m.exec(info)?.[1]);
  }

  setUint32(key: number, value: number): void {
    const page = this.#element(key);
    page.view.setUint32(valueAt, value, true);
    const tried = `set entry ${key} of BPF map ${this.options.name}`;
    syscall("bpf", tried, abi.BPF_MAP_UPDATE_ELEM, page.address, abi.mapElement.bytes);
  }

  /** The value at `key` of a per-CPU map of 64-bit counters, summed over the CPUs. */
  sumOfCounters(key: number): number[] {
    const page = this.#element(key);
    const tried = `read entry ${key} of BPF map ${this.options.name}`;
    syscall("bpf", tried, abi.BPF_MAP_LOOKUP_ELEM, page.address, abi.mapElement.bytes);
    const counters = this.options.valueBytes / 8;
    const cpus = possibleCpus();
    return Array.from({ length: counters }, (_, counter) => {
      let sum = 0;
      for (let cpu = 0; cpu < cpus; cpu++) {
        sum += page.getUint64(valueAt + cpu * this.options.valueBytes + counter * 8);
      }
      return sum;
    });
  }

  /** The values of a BPF_F_MMAPABLE array map: read without a system call. */
  mapValues(): Memory {
    const bytes = Math.ceil((this.options.valueBytes * this.options.entries) / 4096) * 4096;
    return mapFile(this.fd, bytes, 0, `values of BPF map ${this.options.name}`);
  }

  #element(key: number): Memory {
    const page = attributes();
    page.view.setUint32(keyAt, key, true);
    page.view.setUint32(abi.mapElement.fd, this.fd, true);
    page.setUint64(abi.mapElement.key, page.address + keyAt);
    page.setUint64(abi.mapElement.value, page.address + valueAt);
    return page;
  }
}

function createMap(options: MapOptions): number {
  const page = attributes();
  const { mapCreate: at } = abi;
  page.view.setUint32(at.type, options.type, true);
  page.view.setUint32(at.keySize, 4, true);
  page.view.setUint32(at.valueSize, options.valueBytes, true);
  page.view.setUint32(at.entries, options.entries, true);
  page.view.setUint32(at.flags, options.flags ?? 0, true);
  setName(page, at.name, options.name);
  const tried = `create BPF map ${options.name}`;
  return syscall("bpf", tried, abi.BPF_MAP_CREATE, page.address, at.bytes);
}

/** How many CPUs the kernel keeps per-CPU values for. */
function possibleCpus(): number {
  return parseCpus(readFileSync("/sys/devices/system/cpu/possible", "utf8")).length;
}

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
class BpfProgram extends KernelObject {
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

export type XdpMode = "native" | "generic";

/**
 * A program on an interface. It is detached when the link is closed, also by the end of the
 * process.
 */
export class XdpLink extends KernelObject {
  /** @param device of the calling thread's namespace */
  constructor(program: XdpProgram, device: string, mode: XdpMode) {
    const flags = mode === "native" ? abi.XDP_FLAGS_DRV_MODE : abi.XDP_FLAGS_SKB_MODE;
    const tried = `attach XDP program ${program.name} (${mode}) to ${device}`;
    super(createLink(tried, program, device, abi.BPF_XDP, flags));
  }
}

/** A program at the ingress hook of traffic control, as an `XdpLink`. Since Linux 6.6. */
export class TcxLink extends KernelObject {
  constructor(program: TrafficControlProgram, device: string) {
    const tried = `attach tc program ${program.name} (tcx) to ${device}`;
    super(createLink(tried, program, device, abi.BPF_TCX_INGRESS, 0));
  }
}

function createLink(
  tried: string,
  program: BpfProgram,
  device: string,
  attachType: number,
  flags: number,
): number {
  const index = interfaceIndex(device);
  const page = attributes();
  const { linkCreate: at } = abi;
  page.view.setUint32(at.program, program.fd, true);
  page.view.setUint32(at.target, index, true);
  page.view.setUint32(at.attachType, attachType, true);
  page.view.setUint32(at.flags, flags, true);
  return syscall("bpf", tried, abi.BPF_LINK_CREATE, page.address, at.bytes);
}

/** Object names are letters, digits and underscores, 15 at most. */
function setName(page: Memory, at: number, name: string): void {
  const clean = name.replaceAll(/[^A-Za-z0-9_]/g, "_").slice(0, nameBytesMax);
  page.u8.set(new TextEncoder().encode(clean), at);
}
