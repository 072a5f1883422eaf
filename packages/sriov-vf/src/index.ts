import { cardLab } from "./card-lab.ts";

export { sriovVf, sriovVf as path } from "./path.ts";
export { VirtualFunctions } from "./physical-function.ts";
export { SriovLab, type SriovLabOptions } from "./sriov-lab.ts";

export const labs = { card: cardLab };
