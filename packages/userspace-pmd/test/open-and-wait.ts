/** Opens a variant in a process of its own, waits, and closes it: for tests of how it ends. */
import { setTimeout } from "node:timers/promises";
import { userspacePmd } from "../src/index.ts";
import { ports } from "./subject.ts";

const [variant = "ring", waitMs = "0"] = process.argv.slice(2);
const support = userspacePmd.probe(variant, ports);
if (!support.ok) {
  console.log(`missing: ${support.missing}\n${support.remedy}`);
} else {
  using path = userspacePmd.open(variant, ports, { burst: 32 });
  process.on("SIGINT", () => {
    path[Symbol.dispose]();
    process.exit(0);
  });
  console.log("open");
  await setTimeout(Number(waitMs));
}
if (support.ok) console.log("closed");
