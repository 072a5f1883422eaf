/** A forwarder: an opened path with the workload in it, polled or attached alike. */
import { Batch } from "./batch.ts";
import {
  type AttachedPath,
  type Counters,
  forwardBurst,
  type OpenOptions,
  type OpenPath,
  type Path,
  type PolledPath,
  type PortSpec,
} from "./path.ts";
import { hopOf, newDropCounts, type Workload } from "./workload.ts";

export interface Forwarder extends Disposable {
  readonly path: OpenPath;
  readonly workload: Workload;
  /** Moves one burst; returns frames received. An attached path needs none and returns 0. */
  step(): number;
  /** Of a path that forwards from this thread's event loop: lets it turn once. */
  turn?(): Promise<void>;
  counters(): Counters;
}

/** Opens `variant` of `path` on [ingress, egress] and puts the workload between the two ports. */
export function openForwarder(
  path: Path,
  variant: string,
  ports: readonly [PortSpec, PortSpec],
  options: OpenOptions,
): Forwarder {
  const open = path.open(variant, ports, options);
  return open.kind === "polled"
    ? polledForwarder(open, ports[1], options)
    : attachedForwarder(open, options.workload);
}

function attachedForwarder(path: AttachedPath, workload: Workload): Forwarder {
  return {
    path,
    workload,
    step: () => 0,
    ...(path.turn ? { turn: () => path.turn!() } : {}),
    // The kernel forwards without us, hence without a system call of ours.
    counters: () => (path.turn ? path.counters() : { syscalls: 0, wakeups: 0, ...path.counters() }),
    [Symbol.dispose]: () => path[Symbol.dispose](),
  };
}

export function polledForwarder(
  path: PolledPath,
  egressPort: PortSpec,
  { burst, workload }: Pick<OpenOptions, "burst" | "workload">,
): Forwarder {
  const { memory, ingress, egress } = path;
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.byteLength >>> 2);
  const batch = new Batch(burst);
  const drops = newDropCounts(workload);
  const forward = workload.newForward({ words, batch, hop: hopOf(egressPort), drops });
  return {
    path,
    workload,
    step: () => forwardBurst(ingress, forward, egress, batch),
    counters: () => ({ ...path.counters(), dropped: drops }),
    [Symbol.dispose]: () => path[Symbol.dispose](),
  };
}
