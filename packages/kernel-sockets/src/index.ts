export * from "./abi.ts";
export { egressUdpPort, ingressUdpPort } from "./message-path.ts";
export * from "./path.ts";
