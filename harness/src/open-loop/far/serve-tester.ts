/**
 * `iopath tester`: the tester's side of a connection. It opens generator and sink in a process of
 * their own, as a search on this machine does, and hands orders and answers on: that process is in
 * the kernel while frames are sent, and this one answers for it meanwhile. When the connection
 * ends, however it ends, all of it is undone.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { ExitStatus, explain, IopathError, troubleOf } from "@iopath/contract";
import { findFarEnds, leftovers, linksOfWires, type Testbed, undoOrphans } from "@iopath/lab";
import { readEnvironment } from "../../environment/environment.ts";
import { openNearTester } from "../near-tester.ts";
import { answerTo, type TesterOrder, type TesterRequest } from "../protocol.ts";
import { readCpus } from "../topology.ts";
import { type EndsRequest, endsRequestSchema, thisSpeaker } from "./far-protocol.ts";
import { keepAlive, silenceLimitMs } from "./heartbeat.ts";

interface Wait {
  readonly waitMinutes: number;
  readonly signal: AbortSignal;
}

interface ServeOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Keeps others from measuring on this machine, as a command does. */
  readonly hold: (wait: Wait) => Promise<Disposable>;
  /** Ends it as the end of the input does. */
  readonly signal: AbortSignal;
  readonly silenceMs?: number;
}

/** Returns when the connection has ended. @throws IopathError, exit status 7, with what is left */
export async function serveTester(options: ServeOptions): Promise<void> {
  using connection = new Connection(options);
  connection.say({ status: "hello", ...thisSpeaker() });
  try {
    await serve(connection, options.hold);
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble?.exitStatus === ExitStatus.hostDirty) throw error;
    if (connection.ended.aborted) return; // nobody is there to hear why an order came to nothing
    connection.say({ status: "failed", reason: explain(trouble ?? error) });
    if (!trouble) throw error;
  }
}

async function serve(connection: Connection, hold: ServeOptions["hold"]): Promise<void> {
  const first = await connection.next();
  if (first === undefined) return;
  const request = endsRequestSchema.parse(first);
  const { waitMinutes, tester, testerNamespace } = request;
  using _lock = await hold({ waitMinutes, signal: connection.ended });
  undoOrphans();
  const ends = findFarEnds(testerNamespace, tester, wantsOf(request));
  const { kernel, cpuModel } = readEnvironment();
  connection.say({ status: "ends", ends, machine: { kernel, cpuModel, cpus: readCpus() } });
  const second = (await connection.next()) as { open: TesterRequest } | undefined;
  if (second === undefined) return;
  await obeyAll(connection, second.open);
}

function wantsOf({ frameBytesMax, usesUdp, force }: EndsRequest) {
  return { frameBytesMax, usesUdp, force, workers: 1 };
}

async function obeyAll(connection: Connection, request: TesterRequest): Promise<void> {
  const { testbed } = request;
  const before = leftOn(testbed);
  try {
    await using tester = openNearTester(request, connection.ended);
    await tester.ready();
    connection.say({ status: "ready" });
    for (;;) {
      const order = (await connection.next()) as TesterOrder | undefined;
      if (order === undefined) break;
      const { status, limitMs } = answerTo(order);
      connection.say(await tester.ask(order, status, limitMs));
    }
  } finally {
    undoOrphans(); // one that was killed could undo nothing itself
  }
  const left = leftOn(testbed).filter((one) => !before.includes(one));
  if (left.length > 0)
    throw new IopathError(ExitStatus.hostDirty, `an open loop left: ${left.join(", ")}`);
}

function leftOn(testbed: Testbed): string[] {
  return leftovers(testbed, linksOfWires(testbed));
}

/** Messages of the other side, and whether it is still there. */
class Connection implements Disposable {
  readonly #output: Writable;
  readonly #lines: AsyncIterator<string>;
  readonly #ending = new AbortController();
  readonly #resources = new DisposableStack();

  constructor({ input, output, signal, silenceMs: limitMs = silenceLimitMs }: ServeOptions) {
    this.#output = output;
    const lines = createInterface(input);
    this.#lines = lines[Symbol.asyncIterator]();
    const end = () => {
      this.#ending.abort();
      lines.close();
    };
    lines.once("close", () => this.#ending.abort());
    signal.addEventListener("abort", end, { once: true });
    output.once("error", end); // it can't be told anything any more
    this.#resources.defer(() => signal.removeEventListener("abort", end));
    this.#resources.use(keepAlive({ input, output, onSilence: end, limitMs }));
    this.#resources.defer(() => input.destroy());
  }

  /** Aborted when it has ended. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  say(message: object): void {
    if (this.#output.writable) this.#output.write(`${JSON.stringify(message)}\n`);
  }

  /** Undefined when it has ended. */
  async next(): Promise<unknown> {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) return undefined;
      const message: unknown = JSON.parse(value);
      if (!isBeat(message)) return message;
    }
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

function isBeat(message: unknown): boolean {
  return typeof message === "object" && message !== null && "alive" in message;
}
