export { dropBehind } from "./ingress-drop.ts";
export { IoUring } from "./io-uring.ts";
export { type MessagePath, openPacketPath } from "./message-path.ts";
export * from "./path.ts";
export { kernelSockets as path } from "./path.ts";
