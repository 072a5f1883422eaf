/**
 * A closed loop of several workers: each is a process of its own (a thread, where the path has it
 * so) on a CPU of its own, with a tester, a forwarder and a queue of the ports; all of them sample
 * at the same time. An attached path is opened once, here, and forwards on every queue. A sample is
 * what a frame costs one worker while all are at work.
 */
import type { Forwarder, Path, SharedPart } from "@iopath/contract";
import { inNamespace, receiveQueues } from "@iopath/native";
import { findVariant } from "../../paths/loaders.ts";
import { effortSince, readEffort } from "../loop/effort.ts";
import { openWithWorkload, workloadOf } from "../open-trial.ts";
import type { ClosedLoopRequest, TeamMember, TrialRequest, TrialResult } from "../request.ts";
import { runTrial } from "../spawn-trial.ts";
import { markOnWire } from "../tester/carrier.ts";
import { openSink } from "../tester/sink.ts";
import { addUp } from "./add-up.ts";
import { Board, boardBytes } from "./board.ts";
import { conduct } from "./conduct.ts";
import { runThread, type WorkerOrder } from "./threads.ts";

/** After which a worker is ended: sooner than the trial as a whole, so that its answer names it. */
const limitMs = 150_000;

/** Opens what the workers share, lets them measure, and adds up what they found. */
export async function measureTeam(
  request: ClosedLoopRequest,
  path: Path | undefined,
): Promise<TrialResult> {
  using opening = new DisposableStack();
  const members = assemble(request, path, opening);
  const { attached, sharedId } = path ? openOnce(request, path, opening) : alone;
  const before = readEffort(attached);
  const conducted = await conduct(members.board, (worker, signal) => {
    const team: TeamMember = { worker, sharedId, boardId: members.boardId, attached: !!attached };
    return members.run({ ...request, cpu: request.cpus![worker]!, team }, signal);
  });
  const together = attached && {
    ...effortSince(before, readEffort(attached)),
    deviceMode: attached.path.deviceMode ?? "",
  };
  const result = addUp(conducted, together);
  return members.note && result.status === "measured" ? { ...result, note: members.note } : result;
}

/** How workers are run, and what they share. */
interface TeamWorkers {
  readonly board: Board;
  /** How another process finds the board. */
  readonly boardId: number;
  /** Of the sink. */
  readonly note?: string;
  run(order: WorkerOrder, signal: AbortSignal): Promise<TrialResult>;
}

function assemble(
  request: ClosedLoopRequest,
  path: Path | undefined,
  opening: DisposableStack,
): TeamWorkers {
  const { workers, variant, testbed } = request;
  const found = path && findVariant(path, variant);
  const inThreads = found?.workersAreThreads === true;
  if (inThreads && found.ownTesters) {
    const memory = new SharedArrayBuffer(boardBytes(workers));
    const run: TeamWorkers["run"] = (order, signal) =>
      runThread({ order, memory }, limitMs, signal);
    return { board: new Board(new Int32Array(memory), workers), boardId: 0, run };
  }
  const { device } = !path ? testbed.ports[0] : testbed.wires[1];
  const namespace = !path ? testbed.forwarderNamespace : testbed.testerNamespace;
  const mark = markOnWire(workloadOf(request), found?.carrier ?? "ethernet");
  const { board, note } = opening.use(
    inNamespace(namespace, () => openSink(device, mark, workers)),
  );
  const run: TeamWorkers["run"] = (order, signal) =>
    inThreads ? runThread({ order }, limitMs, signal) : runTrial(order, limitMs, signal);
  return { board, boardId: board.map.id, run, ...(note ? { note } : {}) };
}

const alone = { attached: undefined, sharedId: 0 };

/** The whole of an attached path, or what the forwarders of a polled one have in common. */
function openOnce(
  request: ClosedLoopRequest,
  path: Path,
  opening: DisposableStack,
): { attached: Forwarder | undefined; sharedId: number } {
  const { testbed, variant, workers, burst, frameBytes } = request;
  const { kind } = findVariant(path, variant);
  return inNamespace(testbed.forwarderNamespace, () => {
    if (kind === "attached") {
      const attached = opening.use(openWithWorkload(request, path, testbed.ports, { burst }));
      return { attached, sharedId: 0 };
    }
    const oneSize = frameBytes === "imix" ? undefined : frameBytes;
    const shared: SharedPart | undefined = path.openShared?.(
      variant,
      testbed.ports,
      workers,
      oneSize,
    );
    if (shared) opening.use(shared);
    return { attached: undefined, sharedId: shared?.id ?? process.pid };
  });
}

/** A worker's forwarder, on its own queue of both ports. */
export function openOnQueue(
  request: TrialRequest,
  path: Path,
  queue: number,
  sharedId: number,
): Forwarder {
  const { testbed, burst, workers } = request;
  const [from, to] = testbed.ports;
  const ports = [
    { ...from, queue },
    { ...to, queue },
  ] as const;
  return inNamespace(testbed.forwarderNamespace, () =>
    openWithWorkload(request, path, ports, { burst, team: { workers, sharedId } }),
  );
}

/** Why so many workers can't run; undefined when they can. */
export function lacksWorkers(
  { variant, workers, cpus, testbed }: TrialRequest,
  path: Path | undefined,
): TrialResult | undefined {
  const skipped = (missing: string, remedy: string) =>
    ({ status: "skipped", missing, remedy }) as const;
  if (path && !findVariant(path, variant).severalQueues) {
    return skipped(
      `${path.name}/${variant} forwards on one queue`,
      "measure it with `--workers 1`",
    );
  }
  if ((cpus?.length ?? 0) < workers) {
    const missing = `${workers} workers need a CPU each, and this process may use ${cpus?.length ?? 0}`;
    return skipped(missing, "ask for fewer with `--workers`");
  }
  // Ports of DPDK's own are no devices of the kernel's: their driver says how many queues it has.
  if (path && findVariant(path, variant).workersAreThreads) return undefined;
  const { device } = testbed.ports[0];
  const queues = inNamespace(testbed.forwarderNamespace, () => receiveQueues(device));
  if (queues >= workers) return undefined;
  const missing = `${device} has ${queues} receive ${queues === 1 ? "queue" : "queues"} for ${workers} workers`;
  return skipped(
    missing,
    `\`ethtool -L ${device} combined ${workers}\`, where the device has as many`,
  );
}
