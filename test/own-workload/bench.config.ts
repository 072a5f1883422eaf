/** The config of docs/workloads.md: your own workload beside one of iopath's. */
import type { ConfigInput } from "../../harness/src/matrix/config.ts";

export default {
  modules: { "port-filter": "./src/index.ts" },
  workloads: ["port-filter", "ipv4-forward"],
  paths: {
    "tester-only": ["direct"],
    "kernel-sockets": ["packet-mmsg"],
    xdp: ["native"],
  },
  frameBytes: [64],
  windows: [64],
} satisfies ConfigInput;
