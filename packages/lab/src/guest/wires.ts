/** The host's ends of the guest's virtio-serial ports (agent.sh has the other ends). */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { files } from "./guest-folder.ts";
import { MarkedStream } from "./marked-stream.ts";

/** Listens for QEMU, which connects once to each socket when it starts. */
export class Wires implements Disposable {
  readonly #servers: Server[];
  readonly #sockets: Promise<Socket[]>;

  /** @param folder the guest's own */
  constructor(folder: string) {
    const names = [files.control, files.output, files.error];
    this.#servers = names.map((name) => createServer().listen(join(folder, name)));
    this.#sockets = Promise.all(this.#servers.map(accept));
    this.#sockets.catch(() => {}); // reported to the caller that waits in `ready`
  }

  /** Waits for QEMU and then for the agent; returns what the agent said of the guest's uptime. */
  async ready(): Promise<{ link: AgentLink; uptimeS: number }> {
    const [control, output, error] = await this.#sockets;
    const link = new AgentLink(control!, output!, error!);
    const [, uptime] = await link.line("ready");
    return { link, uptimeS: Number(uptime) };
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
    const destroy = (sockets: Socket[]) => {
      for (const socket of sockets) socket.destroy();
    };
    this.#sockets.then(destroy, () => {});
  }
}

async function accept(server: Server): Promise<Socket> {
  const [socket] = (await once(server, "connection")) as [Socket];
  server.close();
  // A guest that is killed resets its sockets; its process reports the end.
  socket.on("error", () => socket.destroy());
  return socket;
}

/** Lines to and from the agent, and the two streams of its jobs. */
export class AgentLink {
  readonly #control: Socket;
  readonly #lines: AsyncIterator<string>;
  readonly #output: Socket;
  readonly #error: Socket;

  constructor(control: Socket, output: Socket, error: Socket) {
    this.#control = control;
    this.#lines = createInterface({ input: control })[Symbol.asyncIterator]();
    this.#output = output;
    this.#error = error;
  }

  send(...words: string[]): void {
    this.#control.write(`${words.join(" ")}\n`);
  }

  /** The words of the agent's next line that starts with `verb`; waits forever when it has gone. */
  async line(verb: string): Promise<string[]> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) return await new Promise(() => {});
      const words = value.split(" ");
      if (words[0] === verb) return words;
    }
  }

  /** Hands on what the job writes, until `marker` has come on both streams. */
  async untilMarked(
    marker: string,
    onOutput: (chunk: Buffer) => void,
    onError: (chunk: Buffer) => void,
  ): Promise<void> {
    await Promise.all([
      untilMarked(this.#output, marker, onOutput),
      untilMarked(this.#error, marker, onError),
    ]);
  }
}

function untilMarked(socket: Socket, marker: string, tell: (chunk: Buffer) => void): Promise<void> {
  const stream = new MarkedStream(marker, tell);
  return new Promise((resolve) => {
    const take = (chunk: Buffer) => {
      stream.push(chunk);
      if (!stream.ended) return;
      socket.off("data", take);
      resolve();
    };
    socket.on("data", take);
  });
}
