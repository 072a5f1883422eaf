export * from "./command.ts";
export * from "./guard.ts";
export * from "./hardware.ts";
export * from "./lock.ts";
export * from "./namespace.ts";
export * from "./owner.ts";
export * from "./place.ts";
export * from "./veth-lab.ts";
