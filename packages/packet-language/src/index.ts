export * from "./ebpf/program.ts";
export { type BurstParts, javascriptBurst } from "./javascript/burst.ts";
export { type Line, ListingError } from "./line.ts";
export { type About, Frame, newListing, type Place, Program, Value } from "./listing.ts";
export type { Condition, Listing, MakeListing } from "./tree.ts";
export { type Label, type Variable, WasmAssembler } from "./wasm/assembler.ts";
export { hasSimd } from "./wasm/best-tier.ts";
export { type BurstMemory, listingHash, wasmBurst } from "./wasm/burst.ts";
export { type Frames, framesOfColumns } from "./wasm/frames.ts";
