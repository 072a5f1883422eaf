/**
 * Preferred busy polling (Linux 5.11, Documentation/networking/napi.rst): after a poll the device keeps
 * its interrupt masked for a while, and the next call of the application polls it again.
 */
import { DeviceSettings, SOL_SOCKET, type Socket } from "@iopath/native";
import { SO_BUSY_POLL, SO_BUSY_POLL_BUDGET, SO_PREFER_BUSY_POLL } from "./abi.ts";

/** For how long a call would poll at most; ours do not block, and poll once. */
const busyPollUs = 20;
/** Frames of one poll, as many as NAPI's own weight. */
const budgetFrames = 64;
/** Empty polls after which the interrupt comes back, and the time after which the kernel polls itself. */
const deferredInterrupts = 2;
const flushTimeoutNs = 200_000;

/** Sets up the socket, and its device until the result is disposed. */
export function pollBusily(socket: Socket, device: string): Disposable {
  socket.setOption(SOL_SOCKET, SO_PREFER_BUSY_POLL, 1, "SO_PREFER_BUSY_POLL");
  socket.setOption(SOL_SOCKET, SO_BUSY_POLL, busyPollUs, "SO_BUSY_POLL");
  socket.setOption(SOL_SOCKET, SO_BUSY_POLL_BUDGET, budgetFrames, "SO_BUSY_POLL_BUDGET");
  using opening = new DisposableStack();
  const settings = opening.use(new DeviceSettings());
  settings.set(device, "napi_defer_hard_irqs", deferredInterrupts);
  settings.set(device, "gro_flush_timeout", flushTimeoutNs);
  return opening.move();
}
