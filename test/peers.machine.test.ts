import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { VethLab } from "@iopath/lab";
import { allowedCpus, loaderFlags } from "@iopath/native";
import { afterAll, describe, expect, it } from "vitest";
import { type PeerName, peers } from "./peers/peer.ts";
import type { Order, SideResult } from "./peers/sides.ts";

const labs = [new VethLab(), new VethLab(), new VethLab()];
afterAll(() => {
  for (const lab of labs) lab[Symbol.dispose]();
});

/** What `npm run bench:peers` does, with few windows. */
describe("both peers in C", () => {
  it.each(Object.keys(peers) as PeerName[])("of %s forward as ours does", (variant) => {
    const path = variant === "af-xdp" ? "xdp" : "kernel-sockets";
    const order: Order = {
      sides: [
        { path, variant },
        { path, variant, inC: "plain" },
        { path, variant, inC: "tuned" },
      ],
      testbeds: labs.map(({ testbed }) => testbed),
      ...{ frameBytes: 64, flows: 1, window: 64, warmUpWindows: 5, rounds: 20 },
      cpu: allowedCpus().at(-1)!,
    };
    const program = join(import.meta.dirname, "peers/sides.ts");
    const options = { input: JSON.stringify(order), encoding: "utf8", timeout: 300_000 } as const;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...loaderFlags(), program],
      options,
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const results = JSON.parse(stdout) as SideResult[];
    expect(results.map(({ ns }) => ns.length)).toEqual([20, 20, 20]);
  });
});
