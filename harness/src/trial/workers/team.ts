/**
 * A closed loop of several workers: each is a process of its own (a thread, where the path has it
 * so) on a CPU of its own, with a tester, a forwarder and a queue of the ports; all of them sample
 * at the same time. An attached path is opened once, here, and forwards on every queue. A sample is
 * what a frame costs one worker while all are at work.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Forwarder, openForwarder, type Path, type SharedPart } from "@iopath/contract";
import { inNamespace, receiveQueues } from "@iopath/native";
import { findVariant } from "../../paths/loaders.ts";
import { type Effort, effortSince, readEffort } from "../loop/effort.ts";
import type {
  ClosedLoopRequest,
  MeasuredResult,
  TeamMember,
  TrialRequest,
  TrialResult,
} from "../request.ts";
import { runTrial } from "../spawn-trial.ts";
import { frameAtOf } from "../tester/carrier.ts";
import { openSink } from "../tester/sink.ts";
import { Board, boardBytes, Phase } from "./board.ts";
import { runThread, type WorkerOrder } from "./threads.ts";

/** Between looks at how far the workers are; each look takes a CPU away from one of them. */
const lookEveryMs = 10;
/** After which a worker is ended: sooner than the trial as a whole, so that its answer names it. */
const limitMs = 150_000;

/** Opens what the workers share, starts them, and adds up what they measured. */
export async function measureTeam(
  request: ClosedLoopRequest,
  path: Path | undefined,
): Promise<TrialResult> {
  const { workers } = request;
  using opening = new DisposableStack();
  const crew = assemble(request, path, opening);
  const { board } = crew;
  const { attached, sharedId } = path ? openOnce(request, path, opening) : alone;
  const abort = new AbortController();
  const before = readEffort(attached);
  const results: Promise<TrialResult>[] = [];
  try {
    // In the order of their queues: that is how the kernel numbers sockets that share a port.
    for (let worker = 0; worker < workers; worker++) {
      const team: TeamMember = { worker, sharedId, boardId: crew.boardId, attached: !!attached };
      const order = { ...request, cpu: request.cpus![worker]!, team };
      results.push(crew.run(order, abort.signal));
      await until(board, results, () => board.hasArrived(worker, Phase.ready));
    }
    for (const phase of [Phase.ready, Phase.sampled, Phase.quiet]) {
      await until(board, results, () => board.haveAllArrived(phase));
      board.release(phase);
    }
    const ended = await Promise.all(results);
    if (!attached) return addUp(ended);
    const { deviceMode = "" } = attached.path;
    return addUp(ended, { ...effortSince(before, readEffort(attached)), deviceMode });
  } finally {
    board.release(Phase.quiet);
    abort.abort();
    await Promise.allSettled(results);
  }
}

/** How workers are run, and what they share. */
interface Crew {
  readonly board: Board;
  /** How another process finds the board. */
  readonly boardId: number;
  /** Of the sink. */
  readonly note?: string;
  run(order: WorkerOrder, signal: AbortSignal): Promise<TrialResult>;
}

function assemble(
  { workers, variant, testbed }: ClosedLoopRequest,
  path: Path | undefined,
  opening: DisposableStack,
): Crew {
  const found = path && findVariant(path, variant);
  const inThreads = found?.workersAreThreads === true;
  if (inThreads && found.ownTesters) {
    const memory = new SharedArrayBuffer(boardBytes(workers));
    const run: Crew["run"] = (order, signal) => runThread({ order, memory }, limitMs, signal);
    return { board: new Board(new Int32Array(memory), workers), boardId: 0, run };
  }
  const { device } = !path ? testbed.ports[0] : testbed.wires[1];
  const namespace = !path ? testbed.forwarderNamespace : testbed.testerNamespace;
  const frameAt = frameAtOf(found?.carrier ?? "ethernet");
  const { board, note } = opening.use(
    inNamespace(namespace, () => openSink(device, frameAt, workers)),
  );
  const run: Crew["run"] = (order, signal) =>
    inThreads ? runThread({ order }, limitMs, signal) : runTrial(order, limitMs, signal);
  return { board, boardId: board.map.id, run, ...(note ? { note } : {}) };
}

const alone = { attached: undefined, sharedId: 0 };

/** The whole of an attached path, or what the forwarders of a polled one have in common. */
function openOnce(
  { testbed, variant, workers, burst, frameBytes }: ClosedLoopRequest,
  path: Path,
  opening: DisposableStack,
): { attached: Forwarder | undefined; sharedId: number } {
  const { kind } = findVariant(path, variant);
  return inNamespace(testbed.forwarderNamespace, () => {
    if (kind === "attached") {
      const attached = opening.use(openForwarder(path, variant, testbed.ports, { burst }));
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

/** Waits; a worker that answers before its time has failed, and the others are let go. */
async function until(
  board: Board,
  results: readonly Promise<TrialResult>[],
  condition: () => boolean,
): Promise<void> {
  let over = false;
  const any = Promise.race(results).then(() => {
    over = true;
  });
  any.catch(() => {});
  while (!condition() && !over) await sleep(lookEveryMs);
  if (over) board.release(Phase.quiet);
}

/** Samples of all workers together; counts added. The first that failed speaks for all. */
function addUp(
  results: readonly TrialResult[],
  attached?: Effort & { readonly deviceMode: string },
): TrialResult {
  const failed = results.findIndex(({ status }) => status !== "measured");
  if (failed >= 0) {
    const result = results[failed]!;
    if (result.status !== "failed") return result;
    return { ...result, reason: `worker ${failed}: ${result.reason}` };
  }
  const measured = results as MeasuredResult[];
  const sum = (pick: (result: MeasuredResult) => number) =>
    measured.reduce((total, result) => total + pick(result), 0);
  const calls = (name: "syscalls" | "wakeups") =>
    measured.some((result) => result[name] === null) ? null : sum((result) => result[name]!);
  return {
    status: "measured",
    samplesNs: measured.flatMap(({ samplesNs }) => samplesNs).sort((a, b) => a - b),
    framesSent: sum((result) => result.framesSent),
    framesReceived: sum((result) => result.framesReceived),
    garbageCollections: sum((result) => result.garbageCollections),
    residentBytesMax: Math.max(...measured.map(({ residentBytesMax }) => residentBytesMax)),
    cpuUserUs: sum((result) => result.cpuUserUs),
    cpuSystemUs: sum((result) => result.cpuSystemUs),
    syscalls: attached ? attached.syscalls : calls("syscalls"),
    wakeups: attached ? attached.wakeups : calls("wakeups"),
    contextSwitches: sum((result) => result.contextSwitches),
    deviceMode: attached?.deviceMode ?? measured[0]!.deviceMode,
  };
}

/** A worker's forwarder, on its own queue of both ports. */
export function openOnQueue(
  { testbed, variant, burst, workers }: TrialRequest,
  path: Path,
  queue: number,
  sharedId: number,
): Forwarder {
  const [from, to] = testbed.ports;
  const ports = [
    { ...from, queue },
    { ...to, queue },
  ] as const;
  return inNamespace(testbed.forwarderNamespace, () =>
    openForwarder(path, variant, ports, { burst, team: { workers, sharedId } }),
  );
}

/** Why so many workers are not to be had; undefined when they are. */
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
