/** All workloads of this project. A new one is a line here. */
import type { Workload } from "@iopath/contract";
import { ipv4Forward } from "./ipv4-forward/index.ts";
import { ipv6Forward } from "./ipv6-forward/index.ts";
import { macSwap } from "./mac-swap/index.ts";

export const workloads: readonly Workload[] = [ipv4Forward, ipv6Forward, macSwap];

/** The one of rows that name none. */
export const defaultWorkload = ipv4Forward;
