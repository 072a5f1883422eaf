/**
 * The registers of a virtual function, and the mailbox through which it asks its physical function.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { poll, sleepSync } from "@iopath/lab";
import type { Memory } from "@iopath/native";
import * as abi from "./abi.ts";

const { register, mailbox } = abi;
/** Five times as long as igbvf waits (2000 times 500 µs): a guest on a busy host is slow. */
const answerLimitMs = 5000;
const pollMs = 1;

export class Registers {
  /** The registers as words: index = byte offset / 4. */
  readonly words: Uint32Array;
  readonly #device: string;

  /** @param device its address, for messages */
  constructor(memory: Memory, device: string) {
    this.words = memory.u32;
    this.#device = device;
  }

  read(offset: number): number {
    return this.words[offset >>> 2]!;
  }

  write(offset: number, value: number): void {
    this.words[offset >>> 2] = value;
  }

  /** Waits until all of `bits` are set. */
  await(offset: number, bits: number, what: string): void {
    const set = () => ((this.read(offset) & bits) === bits ? true : undefined);
    if (!poll(answerLimitMs, pollMs, set)) throw this.silent(what);
  }

  silent(what: string): IopathError {
    const message = `${this.#device}: ${what} did not happen within ${answerLimitMs} ms`;
    return new IopathError(ExitStatus.cannotRun, message, {
      remedy: "see that the physical function is up and driven by its own driver (igb)",
    });
  }
}

/**
 * 16 words that the virtual and the physical function take turns to write (82576 data sheet,
 * 7.10.2.9.1). Some status bits clear when they are read, so what was read is kept until it is
 * asked.
 */
export class Mailbox {
  readonly #registers: Registers;
  #kept = 0;

  constructor(registers: Registers) {
    this.#registers = registers;
  }

  /** Resets the function, and asks for its MAC address: six bytes. */
  resetFunction(): Uint8Array {
    const registers = this.#registers;
    registers.write(register.CTRL, registers.read(register.CTRL) | abi.CTRL_RST);
    this.#awaitNone(mailbox.RSTD | mailbox.RSTI, "the end of the function's reset");
    this.#send([abi.VF_RESET]);
    sleepSync(10); // igbvf does: the physical function resets its part meanwhile
    this.#awaitBit(mailbox.PFSTS, "the answer to the reset");
    const [answer, low, high] = this.#receive(3);
    if (answer !== (abi.VF_RESET | abi.MESSAGE_ACK) >>> 0) {
      throw registers.silent("the physical function's consent to the reset");
    }
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setUint32(0, low!, true);
    bytes.setUint32(4, high!, true);
    return new Uint8Array(bytes.buffer, 0, 6);
  }

  /** Asks to receive frames of up to so many bytes, headers and frame check sequence included. */
  setLongestFrame(bytes: number): void {
    this.#send([abi.VF_SET_LPE, bytes]);
    this.#awaitBit(mailbox.PFSTS, "the answer to the frame length");
    const [answer] = this.#receive(1);
    if ((answer! & abi.MESSAGE_NACK) === 0) return;
    throw this.#registers.silent(`the consent to frames of ${bytes} bytes`);
  }

  #send(message: readonly number[]): void {
    this.#lock();
    this.#kept = 0; // whatever was there is about to be overwritten
    this.#write(message);
    this.#registers.write(register.V2PMAILBOX, mailbox.REQ);
    this.#awaitBit(mailbox.PFACK, "the physical function's acknowledgement");
  }

  #write(message: readonly number[]): void {
    for (const [i, word] of message.entries()) this.#registers.write(register.VMBMEM + i * 4, word);
  }

  #receive(words: number): number[] {
    this.#lock();
    const at = (i: number) => this.#registers.read(register.VMBMEM + i * 4);
    const message = Array.from({ length: words }, (_, i) => at(i));
    this.#registers.write(register.V2PMAILBOX, mailbox.ACK);
    return message;
  }

  /** Takes the mailbox: the bit stays only when the other side does not hold it. */
  #lock(): void {
    const take = () => {
      this.#registers.write(register.V2PMAILBOX, mailbox.VFU);
      return (this.#status() & mailbox.VFU) !== 0 ? true : undefined;
    };
    if (!poll(answerLimitMs, pollMs, take)) throw this.#registers.silent("the mailbox's lock");
  }

  #status(): number {
    const status = this.#registers.read(register.V2PMAILBOX) | this.#kept;
    this.#kept |= status & mailbox.readToClear;
    return status;
  }

  /** Waits until none of `bits` is set. */
  #awaitNone(bits: number, what: string): void {
    const clear = () => {
      this.#kept &= ~bits;
      return (this.#status() & bits) === 0 ? true : undefined;
    };
    if (!poll(answerLimitMs, pollMs, clear)) throw this.#registers.silent(what);
  }

  /** Waits for any of `bits`, and forgets them. */
  #awaitBit(bits: number, what: string): void {
    const seen = () => ((this.#status() & bits) !== 0 ? true : undefined);
    if (!poll(answerLimitMs, pollMs, seen)) throw this.#registers.silent(what);
    this.#kept &= ~bits;
  }
}
