export * from "./abi.ts";
export { IoUring } from "./io-uring.ts";
export { bufferBytes, MessageArena } from "./message-arena.ts";
export { MessagePath, openPacketPath } from "./message-path.ts";
export { MessageEgress, MessageIngress } from "./message-ports.ts";
export { egressUdpPort, ingressUdpPort } from "./open-sockets.ts";
export * from "./path.ts";
