export { afXdpDefaults, openAfXdp, redirectToSocket } from "./af-xdp.ts";
export * from "./forward-program.ts";
export * from "./path.ts";
export { xdp as path } from "./path.ts";
