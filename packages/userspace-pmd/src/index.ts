export { Device } from "./device.ts";
export { type PageKind, startEal } from "./eal.ts";
export { framesOfMbufs } from "./mbuf-frames.ts";
export * from "./path.ts";
export { userspacePmd as path } from "./path.ts";
export { openPci } from "./pmd-path.ts";
export { MbufList, Pool } from "./pool.ts";
export { PmdEgress, PmdIngress } from "./ports.ts";
export { Received } from "./received.ts";
