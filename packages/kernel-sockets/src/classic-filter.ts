/** Classic BPF on sockets (socket(7), SO_ATTACH_FILTER and its kin; linux/filter.h). */
import { mapAnonymous, SOL_SOCKET, type Socket } from "@iopath/native";
import { socketFilterProgram } from "./abi.ts";

/** [code, jump if true, jump if false, operand] */
export type ClassicInstruction = readonly [number, number, number, number];

/** @param option that takes a struct sock_fprog, and its name for messages */
export function attachClassicFilter(
  socket: Socket,
  option: number,
  name: string,
  program: readonly ClassicInstruction[],
): void {
  using memory = mapAnonymous(4096);
  const instructionsAt = 64;
  const { view } = memory;
  view.setUint16(socketFilterProgram.count, program.length, true);
  memory.setUint64(socketFilterProgram.instructions, memory.address + instructionsAt);
  for (const [i, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    const at = instructionsAt + i * 8;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setInt32(at + 4, operand, true);
  }
  socket.setOptionBytes(SOL_SOCKET, option, memory, socketFilterProgram.bytes, name);
}
