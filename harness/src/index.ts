export * from "./config.ts";
export * from "./frame-size.ts";
export * from "./matrix.ts";
export * from "./paths.ts";
export * from "./pcap.ts";
export * from "./row.ts";
export * from "./rows.ts";
export * from "./trial/request.ts";
