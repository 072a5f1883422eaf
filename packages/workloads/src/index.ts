export { fastForm } from "./fast-form.ts";
export { ipv4Forward } from "./ipv4-forward/index.ts";
export { ipv6Forward } from "./ipv6-forward/index.ts";
export { kernelForm, kernelWorkOf, withIdleInstructions, workloadHash } from "./kernel-form.ts";
export * from "./list.ts";
export { formsOf } from "./listing-forms.ts";
export { macSwap } from "./mac-swap/index.ts";
