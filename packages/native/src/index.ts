export * from "./abi.ts";
export {
  newCompileNext,
  newTierOf,
  type Tier,
  tiers,
  withNatives,
  worstTier,
} from "./best-tier.ts";
export * as bpf from "./bpf/abi.ts";
export * as asm from "./bpf/assembler.ts";
export { Assembler } from "./bpf/assembler.ts";
export * from "./bpf/link.ts";
export { LiveFrames } from "./bpf/live-frames.ts";
export * from "./bpf/map.ts";
export { TrafficControlProgram, XdpProgram } from "./bpf/program.ts";
export { tcxPrograms } from "./bpf/query.ts";
export { type TestRun, testRun } from "./bpf/test-run.ts";
export * from "./coalescing.ts";
export {
  compileEarly,
  compileInThread,
  hasStrippedTypes,
  loaderFlags,
  refreshSources,
} from "./compiled-start.ts";
export * from "./cpu-quota.ts";
export { processCpuNs, threadCpuNs } from "./cpu-time.ts";
export * from "./cpus.ts";
export * from "./device-features.ts";
export { driverOfDevice } from "./ethtool.ts";
export * from "./file-lock.ts";
export * from "./folders.ts";
export { type BoundCall, boundCall, foreignCall, hasFastCalls } from "./foreign/foreign-call.ts";
export {
  type KernelAddresses,
  openProfileMarks,
  type ProfileMarks,
} from "./foreign/profile-marks.ts";
export { packetFrameStart } from "./frame-start.ts";
export * from "./if-there.ts";
export * from "./interfaces.ts";
export * from "./json.ts";
export * from "./libc.ts";
export * from "./linear-memory.ts";
export { type Memory, mapAnonymous, mapFile, mapFileInto, pageBytes } from "./memory.ts";
export { MonotonicClock } from "./monotonic-clock.ts";
export * from "./private-mount.ts";
export * from "./privileges.ts";
export * from "./process.ts";
export * from "./refusals.ts";
export { residentBytesMax } from "./resident.ts";
export * from "./ring.ts";
export * from "./socket.ts";
export * from "./sysfs.ts";
export type * from "./web-assembly.ts";
