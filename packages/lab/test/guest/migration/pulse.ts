/**
 * Whether a guest is heard: a host on its network asks it by ARP (RFC 826) every few milliseconds,
 * and the times of its answers are kept. Two guests that are one, before and after, hear the same.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const intervalMs = 5;
const host = "127.0.0.1";
const ourMac = [2, 0, 0, 0, 0, 0x99];
const ourAddress = [10, 9, 0, 1];
const guestAddress = [10, 9, 0, 2];
const operationAt = 21;
const answer = 2;

function question(): Buffer {
  const broadcast = Array<number>(6).fill(0xff);
  const arp = [8, 6, 0, 1, 8, 0, 6, 4, 0, 1];
  const frame = [...broadcast, ...ourMac, ...arp, ...ourMac, ...ourAddress, 0, 0, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from([...frame, ...guestAddress]), Buffer.alloc(18)]);
}

export class Pulse implements Disposable {
  /** When the guest answered, in milliseconds of performance.now(). */
  readonly times: number[] = [];
  readonly port: number;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;

  private constructor(socket: Socket, guests: readonly number[]) {
    this.#socket = socket;
    this.port = socket.address().port;
    const frame = question();
    this.#timer = setInterval(() => {
      for (const port of guests) socket.send(frame, port, host);
    }, intervalMs);
    socket.on("error", () => {}); // nobody listens at the port of a guest that is not there yet
    socket.on("message", (message) => {
      if (message[12] === 8 && message[13] === 6 && message[operationAt] === answer) {
        this.times.push(performance.now());
      }
    });
  }

  /** @param guests the ports that their network devices listen at, by UDP */
  static async open(guests: readonly number[]): Promise<Pulse> {
    const socket = createSocket("udp4").bind(0, host);
    await once(socket, "listening");
    return new Pulse(socket, guests);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}
