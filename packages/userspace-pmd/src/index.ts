export * from "./abi.ts";
export * from "./path.ts";
