export * from "./abi.ts";
export * from "./forward-program.ts";
export * from "./path.ts";
