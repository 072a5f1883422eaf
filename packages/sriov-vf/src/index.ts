export * from "./abi.ts";
export { sriovVf } from "./path.ts";
export { VirtualFunctions } from "./physical-function.ts";
export { SriovLab, type SriovLabOptions } from "./sriov-lab.ts";
