/**
 * libibverbs through koffi, the only file of this package that uses it. Addresses are numbers. What
 * verbs.h defines as inline functions (the data path) is called through the provider's own
 * pointers.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { foreignCall } from "@iopath/native";
import koffi from "koffi";
import { ibvContext } from "./abi.ts";

const word = "uintptr_t";

/** (queue pair, first work request, where to put the address of a bad one): 0 or an errno. */
export type Post = (qp: number, wr: number, bad: number) => number;
/** (completion queue, most, where to put them): completions, or below 0. */
export type PollCq = (cq: number, most: number, completions: number) => number;

const postPrototype = koffi.proto("iopath_post", "int", [word, word, word]);
const pollPrototype = koffi.proto("iopath_poll_cq", "int", [word, "int", word]);

export type Libibverbs = ReturnType<typeof declareAll>;

const libraryName = "libibverbs.so.1";
export const installRemedy =
  "sudo apt-get install -y libibverbs1 ibverbs-providers (rdma-core's libraries on other systems)";

let loaded: Libibverbs | undefined;

/** Loads it, once a process. @throws IopathError when it is not installed */
export function loadLibibverbs(): Libibverbs {
  loaded ??= declareAll();
  return loaded;
}

function load() {
  try {
    return koffi.load(libraryName);
  } catch (error) {
    const why = (error as Error).message;
    throw new IopathError(ExitStatus.cannotRun, `${libraryName} does not load: ${why}`, {
      remedy: installRemedy,
    });
  }
}

function declareAll() {
  const library = load();
  type Native = (...args: number[]) => number;
  const declare = (name: string, result: string, ...args: string[]) =>
    library.func(name, result, args) as unknown as Native;
  return {
    getDeviceList: declare("ibv_get_device_list", word, word),
    freeDeviceList: declare("ibv_free_device_list", "void", word),
    getDeviceName: library.func("ibv_get_device_name", "str", [word]) as (device: number) => string,
    openDevice: declare("ibv_open_device", word, word),
    closeDevice: declare("ibv_close_device", "int", word),
    queryPort: declare("ibv_query_port", "int", word, "uint8_t", word),
    queryGid: declare("ibv_query_gid", "int", word, "uint8_t", "int", word),
    allocPd: declare("ibv_alloc_pd", word, word),
    deallocPd: declare("ibv_dealloc_pd", "int", word),
    regMr: declare("ibv_reg_mr", word, word, word, word, "int"),
    deregMr: declare("ibv_dereg_mr", "int", word),
    createCq: declare("ibv_create_cq", word, word, "int", word, word, "int"),
    destroyCq: declare("ibv_destroy_cq", "int", word),
    createQp: declare("ibv_create_qp", word, word, word),
    modifyQp: declare("ibv_modify_qp", "int", word, word, "int"),
    destroyQp: declare("ibv_destroy_qp", "int", word),
    createAh: declare("ibv_create_ah", word, word, word),
    destroyAh: declare("ibv_destroy_ah", "int", word),
  };
}

/** The provider's functions behind a context, which live as long as it does. */
export function dataPathOf(context: number): { postSend: Post; postReceive: Post; pollCq: PollCq } {
  const bind = (offset: number, prototype: typeof postPrototype) => {
    const address = readUint64(context + offset);
    const viaKoffi = koffi.decode(BigInt(address), prototype) as Post;
    return foreignCall(address, { count: 3, result: "int32" }, viaKoffi);
  };
  return {
    postSend: bind(ibvContext.postSend, postPrototype),
    postReceive: bind(ibvContext.postReceive, postPrototype),
    pollCq: bind(ibvContext.pollCq, pollPrototype),
  };
}

/** The 64-bit word, the 32-bit one, at an address. Set-up only. */
export function readUint64(address: number): number {
  return Number(koffi.decode(BigInt(address), "uint64_t"));
}
export function readUint32(address: number): number {
  return koffi.decode(BigInt(address), "uint32_t") as number;
}
