import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { VethLab } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { afterAll, describe, expect, it } from "vitest";
import type { PairOrder, PairResult } from "./peers/pair.ts";
import { compilePeer, type PeerName, peers } from "./peers/peer.ts";

const first = new VethLab();
const second = new VethLab();
afterAll(() => {
  first[Symbol.dispose]();
  second[Symbol.dispose]();
});

/** What `npm run bench:peers` does, with few windows. */
describe("the peer in C", () => {
  it.each(Object.keys(peers) as PeerName[])("of %s forwards as ours does", (variant) => {
    const path = variant === "af-xdp" ? "xdp" : "kernel-sockets";
    const order: PairOrder = {
      sides: [
        { path, variant },
        { path, variant, library: compilePeer(variant) },
      ],
      testbeds: [first.testbed, second.testbed],
      ...{ frameBytes: 64, flows: 1, window: 64, warmUpWindows: 5, pairs: 20 },
      cpu: allowedCpus().at(-1)!,
    };
    const program = join(import.meta.dirname, "peers/pair.ts");
    const options = { input: JSON.stringify(order), encoding: "utf8", timeout: 300_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], options);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const results = JSON.parse(stdout) as PairResult;
    expect(results.map(({ ns }) => ns.length)).toEqual([20, 20]);
  });
});
