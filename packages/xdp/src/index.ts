export * from "./abi.ts";
export { openAfXdp, redirectToSocket } from "./af-xdp.ts";
export * from "./forward-program.ts";
export * from "./path.ts";
