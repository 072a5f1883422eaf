/** A virtual function of an Intel 82576, brought up by ourselves. */
import { ExitStatus, frameBytesMax, IopathError, parseMac } from "@iopath/contract";
import type { Memory } from "@iopath/native";
import * as abi from "./abi.ts";
import { Mailbox, Registers } from "./registers.ts";
import { iovaBase, ringBytes } from "./rings.ts";
import type { Container } from "./vfio.ts";

const { register } = abi;

/** A VLAN tag may come on top of the largest frame. */
const longestFrameBytes = frameBytesMax + 4;

export class VirtualFunction implements Disposable {
  readonly registers: Registers;
  readonly #memory: Memory;

  /**
   * Opens and resets it. Its queues are still off.
   *
   * @param mac the address that it must have: frames are forwarded by it
   */
  constructor(container: Container, address: string, mac: string) {
    const device = container.openDevice(address);
    device.enableBusMaster();
    using undo = new DisposableStack();
    this.#memory = undo.use(device.mapRegisters());
    this.registers = new Registers(this.#memory, address);
    const mailbox = new Mailbox(this.registers);
    requireMac(mailbox.resetFunction(), mac, address);
    mailbox.setLongestFrame(longestFrameBytes);
    this.registers.await(register.STATUS, abi.STATUS_LU, "link up");
    undo.move();
  }

  /** Turns the receive queue on, with descriptors at `ringAt` of the DMA memory. */
  enableReceive(ringAt: number): void {
    const { registers } = this;
    registers.write(register.RXDCTL, 0);
    registers.write(register.RDBAL, ringAt);
    registers.write(register.RDBAH, iovaBase / 2 ** 32);
    registers.write(register.RDLEN, ringBytes);
    const form = abi.SRRCTL_BUFFER_2_KIB | abi.SRRCTL_ADVANCED_ONE_BUFFER | abi.SRRCTL_DROP_EN;
    registers.write(register.SRRCTL, form);
    registers.write(register.RDH, 0);
    registers.write(register.RDT, 0);
    registers.write(register.RXDCTL, abi.QUEUE_ENABLE | abi.thresholds(8, 8, 1));
    registers.await(register.RXDCTL, abi.QUEUE_ENABLE, "receive queue on");
  }

  /** Turns the transmit queue on, with descriptors at `ringAt` of the DMA memory. */
  enableTransmit(ringAt: number): void {
    const { registers } = this;
    registers.write(register.TXDCTL, 0);
    registers.write(register.TDBAL, ringAt);
    registers.write(register.TDBAH, iovaBase / 2 ** 32);
    registers.write(register.TDLEN, ringBytes);
    registers.write(register.TDH, 0);
    registers.write(register.TDT, 0);
    registers.write(register.TXDCTL, abi.QUEUE_ENABLE | abi.thresholds(8, 1, 16));
    registers.await(register.TXDCTL, abi.QUEUE_ENABLE, "transmit queue on");
  }

  /** Turns the queues off, so that the device no longer writes to memory. */
  [Symbol.dispose](): void {
    this.registers.write(register.RXDCTL, 0);
    this.registers.write(register.TXDCTL, 0);
    this.#memory[Symbol.dispose]();
  }
}

function requireMac(has: Uint8Array, wanted: string, address: string): void {
  if (Buffer.compare(has, parseMac(wanted)) === 0) return;
  const text = Buffer.from(has)
    .toString("hex")
    .replaceAll(/(..)(?=.)/g, "$1:");
  throw new IopathError(ExitStatus.cannotRun, `${address} has MAC ${text}, not ${wanted}`, {
    remedy: "set it on the physical function: `ip link set PF vf N mac ADDRESS`",
  });
}
