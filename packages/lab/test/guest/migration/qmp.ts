/** QEMU's monitor: one command after the other, its answer or its words of refusal. */
import type { Socket } from "node:net";
import { createInterface } from "node:readline";

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** In QEMU's own words. */
export class Refused extends Error {}

export class Monitor {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    socket.on("error", () => socket.destroy()); // a QEMU that is ended resets it
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  static async open(socket: Socket): Promise<Monitor> {
    const monitor = new Monitor(socket);
    await monitor.execute("qmp_capabilities");
    return monitor;
  }

  /** @throws Refused */
  async execute(command: string, args: object = {}): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`QEMU ended at ${command}`);
      const answer = JSON.parse(value) as Answer;
      if (answer.error) throw new Refused(answer.error.desc);
      if ("return" in answer) return answer.return;
    }
  }
}
