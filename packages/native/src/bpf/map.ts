/** BPF maps. */
import { readFileSync } from "node:fs";
import { parseCpus } from "../cpus.ts";
import { syscall } from "../libc.ts";
import { type Memory, mapFile } from "../memory.ts";
import * as abi from "./abi.ts";
import { attributes, keyAt, setName, valueAt } from "./attributes.ts";
import { KernelObject } from "./kernel-object.ts";

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
