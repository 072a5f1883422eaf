/**
 * A verbs device, opened: its port, its GIDs, a protection domain, and memory registered with it.
 */
import { readFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import {
  errnoName,
  lastErrno,
  type Memory,
  mapAnonymous,
  namesIfThere,
  readIfThere,
} from "@iopath/native";
import {
  IBV_ACCESS_LOCAL_WRITE,
  IBV_ACCESS_REMOTE_WRITE,
  IBV_PORT_ACTIVE,
  ibvMr,
  ibvPortAttr,
  portStates,
} from "./abi.ts";
import { parseDeviceName } from "./device-name.ts";
import {
  dataPathOf,
  installRemedy,
  type Libibverbs,
  loadLibibverbs,
  type PollCq,
  type Post,
  readUint32,
  readUint64,
} from "./libibverbs.ts";

const guestRemedy = "the guest has one: `iopath run --place guest --machine pvrdma`";
const noVerbsRemedy = `\`modprobe ib_uverbs\` and the device's driver; ${guestRemedy}`;

const gidBytes = 16;
const pointerBytes = 8;
const scratchBytes = 4096;

/** A GID of the port that can be sent from, and its place in the port's table. */
interface Gid {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface Registration {
  readonly lkey: number;
  readonly rkey: number;
}

export class VerbsDevice implements Disposable {
  /** Without port and GID index. */
  readonly name: string;
  readonly port: number;
  readonly library: Libibverbs;
  readonly context: number;
  readonly pd: number;
  readonly postSend: Post;
  readonly postReceive: Post;
  readonly pollCq: PollCq;
  /** enum ibv_mtu: 1 is 256 bytes, 5 is 4096. */
  readonly activeMtu: number;
  readonly gid: Gid;
  /**
   * For structures that a call reads or fills; the caller owns all of it until the call is over.
   */
  readonly scratch: Memory;
  /** The first completion with an error on any of its queues, in words. */
  trouble: string | undefined;
  readonly #resources: DisposableStack;

  /**
   * @param text see device-name.ts
   * @throws IopathError when there is no such device, its port is not active, or it has no such GID
   */
  constructor(text: string) {
    const { device: name, port: portNumber, gidIndex } = parseDeviceName(text);
    using opening = new DisposableStack();
    const library = loadLibibverbs();
    this.name = name;
    this.port = portNumber;
    this.library = library;
    this.scratch = opening.use(mapAnonymous(scratchBytes));
    this.context = openContext(library, this.scratch, name);
    opening.defer(() => library.closeDevice(this.context));
    this.pd = opened(library.allocPd(this.context), `allocate a protection domain of ${name}`);
    opening.defer(() => library.deallocPd(this.pd));
    const { postSend, postReceive, pollCq } = dataPathOf(this.context);
    this.postSend = postSend;
    this.postReceive = postReceive;
    this.pollCq = pollCq;
    const port = this.#queryPort();
    this.activeMtu = port.activeMtu;
    this.gid = this.#chooseGid(port.gids, gidIndex);
    this.#resources = opening.move();
  }

  /** Registers memory; the registration ends with `resources`. */
  register(memory: Memory, resources: DisposableStack): Registration {
    const access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE;
    const { address, bytes } = memory;
    const mr = this.library.regMr(this.pd, address, bytes, access);
    if (mr === 0) throw registrationError(this.name, bytes, lastErrno());
    resources.defer(() => this.library.deregMr(mr));
    return { lkey: readUint32(mr + ibvMr.lkey), rkey: readUint32(mr + ibvMr.rkey) };
  }

  #queryPort(): { activeMtu: number; gids: number } {
    const { library, scratch, name, port: portNumber } = this;
    const error = library.queryPort(this.context, portNumber, scratch.address);
    if (error !== 0) {
      throw cannot(
        `query port ${portNumber} of ${name}`,
        error,
        "is there such a port? `ibv_devinfo` lists them",
      );
    }
    const state = scratch.view.getUint32(ibvPortAttr.state, true);
    if (state !== IBV_PORT_ACTIVE) {
      const said = portStates[state] ?? `state ${state}`;
      throw new IopathError(
        ExitStatus.cannotRun,
        `port ${portNumber} of ${name} is ${said}, not ACTIVE`,
        { remedy: "bring its network device up (`ip link set DEV up`), or mend its link" },
      );
    }
    return {
      activeMtu: scratch.view.getUint32(ibvPortAttr.activeMtu, true),
      gids: scratch.view.getUint32(ibvPortAttr.gidTableLength, true),
    };
  }

  /**
   * An IPv4 address of RoCE v2 where there is one, else any: what every peer in a lab can reach.
   */
  #chooseGid(length: number, wanted: number | undefined): Gid {
    const whose = `port ${this.port} of ${this.name}`;
    const gids = Array.from({ length }, (_, index) => this.#readGid(index)).filter(
      (gid) => gid !== undefined,
    );
    if (gids.length === 0) {
      throw new IopathError(ExitStatus.cannotRun, `${whose} has no GID among ${length}`, {
        remedy: "bring its network device up and give it an address (`ip addr add`)",
      });
    }
    if (wanted === undefined) {
      const type = (gid: Gid) => gidType(this, gid.index);
      const candidates = gids.map((gid) => ({ gid, type: type(gid) }));
      return candidates.sort((a, b) => rank(a) - rank(b))[0]!.gid;
    }
    const named = gids.find(({ index }) => index === wanted);
    if (named) return named;
    const known = gids.map(({ index }) => index).join(", ");
    throw new IopathError(ExitStatus.cannotRun, `${whose} has no GID of index ${wanted}`, {
      remedy: `there are GIDs of index ${known}; without one named, the best is taken`,
    });
  }

  #readGid(index: number): Gid | undefined {
    const { library, scratch } = this;
    if (library.queryGid(this.context, this.port, index, scratch.address) !== 0) return undefined;
    const bytes = scratch.u8.slice(0, gidBytes);
    return bytes.every((byte) => byte === 0) ? undefined : { index, bytes };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

function openContext(library: Libibverbs, scratch: Memory, name: string): number {
  const list = library.getDeviceList(scratch.address);
  if (list === 0) throw cannot("list verbs devices", lastErrno(), noVerbsRemedy);
  try {
    const count = scratch.view.getUint32(0, true);
    const devices = Array.from({ length: count }, (_, i) => readUint64(list + i * pointerBytes));
    const names = devices.map((device) => library.getDeviceName(device));
    const device = devices[names.indexOf(name)];
    if (device === undefined) throw noDeviceError(name, names);
    return opened(library.openDevice(device), `open verbs device ${name}`);
  } finally {
    library.freeDeviceList(list);
  }
}

/** The kernel may know devices that libibverbs has no provider for, and say nothing. */
function noDeviceError(name: string, names: readonly string[]): IopathError {
  const known = names.length > 0 ? `there are ${names.join(", ")}` : "there is none";
  const inKernel = namesIfThere("/sys/class/infiniband");
  if (inKernel.includes(name)) {
    const message = `libibverbs has no provider for verbs device ${name}`;
    return new IopathError(ExitStatus.cannotRun, message, { remedy: installRemedy });
  }
  return new IopathError(ExitStatus.cannotRun, `no verbs device ${name}: ${known}`, {
    remedy: `\`ibv_devices\` lists them; ${guestRemedy}`,
  });
}

function registrationError(name: string, bytes: number, errno: number): IopathError {
  const size = `${Math.ceil(bytes / 1024)} KiB`;
  const message = `register ${size} of memory with ${name}: ${errnoName(errno)}`;
  const limit = memlockLimit();
  const remedy =
    errnoName(errno) === "ENOMEM" && limit !== "unlimited"
      ? `RLIMIT_MEMLOCK is ${limit}: raise it (\`ulimit -l unlimited\`, limits.conf), or run as root`
      : "run as root, or with read and write on /dev/infiniband/uverbs*";
  return new IopathError(ExitStatus.cannotRun, message, { remedy });
}

function memlockLimit(): string {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1] ?? "unlimited";
  return soft === "unlimited" ? soft : `${Number(soft) / 1024} KiB`;
}

type Candidate = { readonly gid: Gid; readonly type: string };

function rank({ gid: { bytes }, type }: Candidate): number {
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  return (type === "RoCE v2" ? 0 : 2) + (mapped ? 0 : 1);
}

/** "IB/RoCE v1" or "RoCE v2"; empty where the kernel does not say. */
function gidType({ name, port }: VerbsDevice, index: number): string {
  const file = `/sys/class/infiniband/${name}/ports/${port}/gid_attrs/types/${index}`;
  return readIfThere(file, ...withoutValue)?.trim() ?? "";
}

/** How the kernel answers for an entry of a table that is empty. */
const withoutValue = ["EINVAL", "EOPNOTSUPP"];

/** What a call that makes something returned; 0 is an error, and errno says which. */
export function opened(address: number, tried: string): number {
  if (address !== 0) return address;
  throw cannot(tried, lastErrno(), "run as root; `dmesg` may say more");
}

function cannot(tried: string, errno: number, remedy: string): IopathError {
  return new IopathError(ExitStatus.cannotRun, `${tried}: ${errnoName(errno)}`, { remedy });
}
