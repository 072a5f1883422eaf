export * from "./abi.ts";
export { sriovVf } from "./path.ts";
export { VirtualFunctions } from "./physical-function.ts";
export {
  type FunctionSource,
  SriovLab,
  type SriovLabOptions,
  type TesterSource,
} from "./sriov-lab.ts";
