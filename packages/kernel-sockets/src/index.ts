export * from "./abi.ts";
export { bufferBytes, MessageArena } from "./message-arena.ts";
export { egressUdpPort, ingressUdpPort, MessagePath, openPacketPath } from "./message-path.ts";
export { MessageEgress, MessageIngress } from "./message-ports.ts";
export * from "./path.ts";
