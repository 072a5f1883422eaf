/** The config of docs/write-a-path.md: your own path beside one of iopath's, on the host. */
import type { ConfigInput } from "../../harness/src/matrix/config.ts";

export default {
  modules: { "sixth-path": "./src/index.ts" },
  paths: {
    "tester-only": ["direct"],
    "kernel-sockets": ["packet-mmsg"],
    "sixth-path": ["udp-frame"],
  },
  frameBytes: [64],
  windows: [64],
} satisfies ConfigInput;
