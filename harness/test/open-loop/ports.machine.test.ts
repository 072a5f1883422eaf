/** The open loop between interfaces that iopath did not make: veth pairs in one namespace. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { Namespace } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TrialCounts } from "../../src/open-loop/protocol.ts";

const program = new URL("trial-on-ports.ts", import.meta.url).pathname;

let namespace: Namespace;
beforeAll(() => {
  namespace = new Namespace("open-loop-ports");
  inNamespace(namespace.name, () => writeFileSync("/proc/sys/net/ipv4/ip_forward", "0"));
  for (const end of [0, 1]) {
    namespace.ip("link", "add", `wire${end}`, "type", "veth", "peer", "name", `card${end}`);
    for (const name of [`wire${end}`, `card${end}`]) namespace.ip("link", "set", name, "up");
  }
});
afterAll(() => namespace[Symbol.dispose]());

const command = (...args: string[]) =>
  promisify(execFile)("ip", ["netns", "exec", namespace.name, process.execPath, ...args]);

it.each([
  ["xdp", "native"],
  ["kernel-sockets", "packet-mmsg"],
])("a trial through %s/%s counts each frame, and leaves the ports as they were", async (...of) => {
  const before = namespace.ip("-details", "link", "show");
  const { stdout } = await command(program, ...of, "card0", "card1", "wire0", "wire1");
  const counts = JSON.parse(stdout) as TrialCounts;
  expect(counts.forwarded).toBeGreaterThan(0);
  expect(counts.forwarded).toBeLessThanOrEqual(counts.offered);
  expect(counts).toMatchObject({ intended: 400, corrupted: 0, duplicated: 0 });
  expect(namespace.ip("-details", "link", "show")).toBe(before);
});
