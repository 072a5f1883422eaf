/**
 * Preferred busy polling (Linux 5.11, Documentation/networking/napi.rst): after a poll the device
 * keeps its interrupt masked for a while, and the next call of the application polls it again.
 */
import { release } from "node:os";
import { ExitStatus, IopathError } from "@iopath/contract";
import { changeSetting } from "@iopath/lab";
import { SOL_SOCKET, type Socket } from "@iopath/native";
import {
  SO_BUSY_POLL,
  SO_BUSY_POLL_BUDGET,
  SO_INCOMING_NAPI_ID,
  SO_PREFER_BUSY_POLL,
} from "./abi.ts";

/** The longest time that a call polls; ours do not block, and poll once. */
const busyPollUs = 20;
/** Frames of one poll, as many as NAPI's own weight. */
const budgetFrames = 64;
/**
 * Empty polls after which the interrupt comes back, and the time after which the kernel polls
 * itself.
 */
const deferredInterrupts = 2;
const flushTimeoutNs = 200_000;

/**
 * Sets up a bound socket, and its device until the result is disposed.
 *
 * @param refusal why the socket is not in zero-copy mode; undefined when it is
 */
export function pollBusily(socket: Socket, device: string, refusal: Error | undefined): Disposable {
  requireNapi(socket, refusal);
  socket.setOption(SOL_SOCKET, SO_PREFER_BUSY_POLL, 1, "SO_PREFER_BUSY_POLL");
  socket.setOption(SOL_SOCKET, SO_BUSY_POLL, busyPollUs, "SO_BUSY_POLL");
  socket.setOption(SOL_SOCKET, SO_BUSY_POLL_BUDGET, budgetFrames, "SO_BUSY_POLL_BUDGET");
  using opening = new DisposableStack();
  opening.use(changeSetting(device, "napi_defer_hard_irqs", deferredInterrupts));
  opening.use(changeSetting(device, "gro_flush_timeout", flushTimeoutNs));
  return opening.move();
}

/**
 * A socket that knows no NAPI polls nothing, and its frames wait for the flush timeout. Kernels
 * before 6.13 told a socket its NAPI with the first frame, which can't be seen yet; later ones when
 * it is bound, and for zero-copy only.
 */
function requireNapi(socket: Socket, refusal: Error | undefined): void {
  const option = socket.getOption(SOL_SOCKET, SO_INCOMING_NAPI_ID, 4, "SO_INCOMING_NAPI_ID");
  if (option.u32[0] !== 0 || learnsFromFrames(release())) return;
  const why = refusal ? `, and ${refusal.message}` : "";
  throw new IopathError(
    ExitStatus.cannotRun,
    `Linux ${release()} names no NAPI to ${socket.what} (SO_INCOMING_NAPI_ID is 0)${why}`,
  );
}

/** Whether a kernel, by its release ("6.12.95-1"), is older than 6.13. */
export function learnsFromFrames(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map((part) => Number.parseInt(part, 10));
  return major < 6 || (major === 6 && minor < 13);
}
