/** A forwarder: an opened path with the workload in it, polled or attached alike. */
import { noRoom, type Room } from "./batch.ts";
import { ExitStatus, IopathError } from "./errors.ts";
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
import { hopOf, type Workload } from "./workload.ts";

export interface Forwarder extends Disposable {
  readonly path: OpenPath;
  readonly workload: Workload;
  /** Moves one burst; returns frames received. An attached path needs none and returns 0. */
  step(): number;
  /** Of a path that forwards from this thread's event loop: lets it turn once. */
  turn?(): Promise<void>;
  counters(): Counters;
}

/**
 * Opens `variant` of `path` on [ingress, egress] and puts the workload between the two ports.
 *
 * @throws IopathError, exit status 1, when the path has less room around a frame than the workload
 *   needs
 */
export function openForwarder(
  path: Path,
  variant: string,
  ports: readonly [PortSpec, PortSpec],
  options: OpenOptions,
): Forwarder {
  using opening = new DisposableStack();
  const open = opening.use(path.open(variant, ports, options));
  const room = open.kind === "polled" ? (open.room ?? noRoom) : noRoom;
  requireRoom(`${path.name}/${variant}`, room, options.workload);
  const forwarder =
    open.kind === "polled"
      ? polledForwarder(open, ports[1], options)
      : attachedForwarder(open, options.workload);
  opening.move();
  return forwarder;
}

function requireRoom(variant: string, room: Room, workload: Workload): void {
  const { head, tail } = workload.room ?? noRoom;
  if (head <= room.head && tail <= room.tail) return;
  const message =
    `${variant} has ${room.head} bytes of room before a frame and ${room.tail} behind it, ` +
    `and the workload ${workload.name} needs ${head} and ${tail}`;
  throw new IopathError(ExitStatus.cellFailed, message, {
    remedy: "measure it on a variant with more room",
  });
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
  const { memory, ingress, egress, inPlace } = path;
  const parts = { memory, burst, hop: hopOf(egressPort), inPlace };
  const resources = new DisposableStack();
  const { batch, drops, forward } = resources.use(workload.newFastForm(parts));
  resources.use(path);
  return {
    path,
    workload,
    step: () => forwardBurst(ingress, forward, egress, batch),
    // A copy, since the memory of the counts goes with the form.
    counters: () => ({ ...path.counters(), dropped: drops.slice() }),
    [Symbol.dispose]: () => resources.dispose(),
  };
}
