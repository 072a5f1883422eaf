/** Makes a pool of mbufs: in memory that WebAssembly reaches, or in DPDK's own. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Memory, mapFrames, pageBytes } from "@iopath/native";
import { bufferBytes, mbuf, mempool, noContiguousIova, poolPrivateBytes } from "./abi.ts";
import type { Eal } from "./eal.ts";
import { readUint32 } from "./libraries.ts";

/** Mbufs that the calling core keeps at hand, so that most bursts need no shared ring. */
const coreCache = 256;
const anySocket = -1;
const elementBytes = mbuf.bytes + bufferBytes;

interface NewPool {
  readonly address: number;
  /** That DPDK does not free with the pool. */
  readonly memory?: Memory;
}

/**
 * As rte_pktmbuf_pool_create(), but for memory that no hardware reads packed without regard to
 * pages. In ordinary pages that function lays one mbuf in each 4 KiB, all at the same offset; their
 * headers then compete for one set of the CPU's first cache, and all of DPDK runs at half its
 * speed.
 *
 * @throws IopathError when there is no memory for that many mbufs
 */
export function createInOwn(eal: Eal, name: string, size: number, forHardware: boolean): NewPool {
  const flags = forHardware ? 0 : noContiguousIova;
  const { dpdk } = eal;
  const mark = eal.logMark();
  const address = dpdk.poolCreate(
    ...[name, size, elementBytes, coreCache, poolPrivateBytes],
    ...[dpdk.poolInitializer, 0, dpdk.mbufInitializer, 0, anySocket, flags],
  ) as number;
  if (address !== 0) return { address };
  throw eal.error(tried(eal, size), dpdk.lastError(), mark, remedyFor(size));
}

/**
 * The same in memory that WebAssembly reaches, which DPDK is given as one chunk
 * (rte_mempool_populate_virt).
 *
 * @throws IopathError when there is no memory for that many mbufs
 */
export function createInLinear(eal: Eal, name: string, size: number): NewPool {
  const { dpdk } = eal;
  const mark = eal.logMark();
  const address = dpdk.poolCreateEmpty(
    ...[name, size, elementBytes, coreCache, poolPrivateBytes, anySocket, noContiguousIova],
  ) as number;
  const failure = (errno: number) => eal.error(tried(eal, size), errno, mark, remedyFor(size));
  if (address === 0) throw failure(dpdk.lastError());
  let memory: Memory | undefined;
  using undo = new DisposableStack();
  undo.defer(() => {
    dpdk.poolFree(address);
    memory?.[Symbol.dispose]();
  });
  memory = mapFor(eal, address, size);
  const refused = dpdk.poolSetOperations(address, "ring_mp_mc", 0) as number;
  if (refused < 0) throw failure(-refused);
  dpdk.poolInitialize(address, 0);
  const populated = dpdk.poolPopulate(
    ...[address, memory.address, memory.bytes, pageBytes, 0, 0],
  ) as number;
  if (populated < 0) throw failure(-populated);
  if (populated !== size) {
    const message = `${tried(eal, size)}: DPDK found room for ${populated}`;
    throw new IopathError(ExitStatus.cannotRun, message, { remedy: remedyFor(size) });
  }
  dpdk.poolForEach(address, dpdk.mbufInitializer, 0);
  undo.move();
  return { address, memory };
}

function mapFor(eal: Eal, pool: number, size: number): Memory {
  const { headerBytes, elementBytes: ofElement, trailerBytes } = mempool;
  const parts = [headerBytes, ofElement, trailerBytes].map((at) => readUint32(pool + at));
  try {
    return mapFrames(parts.reduce((a, b) => a + b) * size);
  } catch (cause) {
    const message = `${tried(eal, size)}: ${(cause as Error).message}`;
    throw new IopathError(ExitStatus.cannotRun, message, { remedy: remedyFor(size), cause });
  }
}

const tried = ({ pages }: Eal, size: number) => `make a pool of ${size} mbufs in ${pages} pages`;
const remedyFor = (size: number) =>
  `${size} mbufs need ${Math.ceil((size * 2432) / 1e6)} MB; ask for fewer`;
