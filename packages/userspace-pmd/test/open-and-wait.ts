/**
 * Opens a variant in a process of its own, waits, and closes it: for tests of how it starts and
 * ends.
 *
 *     open-and-wait.ts VARIANT WAIT_MS [HIDDEN_FILE|USER_ID]
 *
 * HIDDEN_FILE is covered with this text first, in the mount namespace that unshare(1) made for us;
 * with a USER_ID the process gives up root before it opens.
 */

import { setTimeout } from "node:timers/promises";
import { explain } from "@iopath/contract";
import { run } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";
import { userspacePmd } from "../src/index.ts";
import type { OpenedPmd } from "../src/opened.ts";
import { ports } from "./subject.ts";

const [variant = "ring", waitMs = "0", handicap = ""] = process.argv.slice(2);
if (handicap.startsWith("/")) run("mount", ["--bind", import.meta.filename, handicap]);
else if (handicap !== "") process.setuid!(Number(handicap));

const started = performance.now();
const support = userspacePmd.probe(variant, ports, ipv4Forward);
if (!support.ok) {
  console.log(`missing: ${support.missing}\n${support.remedy}`);
} else {
  const path = userspacePmd.open(variant, ports, { burst: 32, workload: ipv4Forward }) as OpenedPmd;
  const openMs = Math.round(performance.now() - started);
  const close = (how: string) => {
    try {
      path[Symbol.dispose](); // throws when an mbuf was lost
      console.log(how);
    } catch (error) {
      console.log(explain(error));
    }
  };
  process.on("SIGINT", () => {
    close("interrupted, all mbufs are back");
    process.exit(0);
  });
  const residentMegabytes = Math.round(process.memoryUsage().rss / 1e6);
  console.log("open");
  console.error(JSON.stringify({ openMs, residentMegabytes }));
  await setTimeout(Number(waitMs));
  close("closed");
}
