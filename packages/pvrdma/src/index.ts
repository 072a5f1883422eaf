export * from "./abi.ts";
export { Arena, bufferMask } from "./arena.ts";
export { VerbsDevice } from "./device.ts";
export { pvrdma } from "./path.ts";
export { type Peer, QueuePair, type Transport } from "./queue-pair.ts";
export { ReceiveQueue } from "./receive-queue.ts";
export { SendQueue } from "./send-queue.ts";
export { paravirtualPlace, SoftRoceLab, verbsPlace } from "./verbs-lab.ts";
export type { VerbsPath } from "./verbs-path.ts";
