import { spawn } from "node:child_process";
import { once } from "node:events";
import { processCpuNs, threadCpuNs } from "@iopath/native";
import { expect, it } from "vitest";

it("the CPU time of a process grows by what it computes, and is known between two ticks", () => {
  const before = processCpuNs(process.pid)!;
  const usage = process.cpuUsage();
  const until = performance.now() + 20;
  while (performance.now() < until);
  const { user, system } = process.cpuUsage(usage);
  const after = processCpuNs(process.pid)!;
  expect(after).toBeGreaterThan(before);
  // Both clocks count the same; another thread of this process may have run between the two looks.
  expect((after - before) / 1000).toBeGreaterThanOrEqual((user + system) * 0.9);
});

it("the CPU time of a thread grows no faster than the time", () => {
  const [beganMs, before] = [performance.now(), threadCpuNs()];
  while (performance.now() < beganMs + 20);
  const tookNs = threadCpuNs() - before;
  expect(tookNs).toBeGreaterThan(0);
  expect(tookNs).toBeLessThanOrEqual((performance.now() - beganMs) * 1e6);
});

it("a process that is gone has none", async () => {
  const child = spawn(process.execPath, ["--eval", ""], { stdio: "ignore" });
  await once(child, "exit");
  expect(processCpuNs(child.pid!)).toBeUndefined();
});
