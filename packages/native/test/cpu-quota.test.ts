import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCpuQuota } from "../src/index.ts";

let system = "";
beforeEach(() => {
  system = mkdtempSync(join(tmpdir(), "iopath-quota-"));
});
afterEach(() => rmSync(system, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(system, file)), { recursive: true });
  writeFileSync(join(system, file), text);
}

const mount2 = (root: string) =>
  write("proc/self/mountinfo", `30 24 0:26 ${root} /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n`);

describe("readCpuQuota", () => {
  it("is absent without a quota, and where nothing is mounted", () => {
    expect(readCpuQuota(system)).toBeUndefined();
    mount2("/");
    write("proc/self/cgroup", "0::/user.slice/a.scope\n");
    write("sys/fs/cgroup/user.slice/a.scope/cpu.max", "max 100000\n");
    expect(readCpuQuota(system)).toBeUndefined();
  });

  it("takes the smallest of version 2's groups, up to the root", () => {
    mount2("/");
    write("proc/self/cgroup", "0::/ci.slice/job/step\n");
    write("sys/fs/cgroup/ci.slice/cpu.max", "50000 100000\n");
    write("sys/fs/cgroup/ci.slice/job/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/ci.slice/job/step/cpu.max", "300000 100000\n");
    expect(readCpuQuota(system)).toBe(0.5);
  });

  it("finds a container's own, whose path begins above its mount", () => {
    mount2("/");
    write("proc/self/cgroup", "0::/../../docker/4711\n");
    write("sys/fs/cgroup/cpu.max", "150000 100000\n");
    expect(readCpuQuota(system)).toBe(1.5);
    mount2("/docker/4711");
    write("proc/self/cgroup", "0::/docker/4711\n");
    expect(readCpuQuota(system)).toBe(1.5);
  });

  it("finds version 1's, where cpu and cpuacct are one hierarchy", () => {
    write(
      "proc/self/mountinfo",
      "33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
        "34 30 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n",
    );
    write("proc/self/cgroup", "4:cpuset:/x\n3:cpu,cpuacct:/bh\n0::/\n");
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    write("sys/fs/cgroup/cpu,cpuacct/bh/cpu.cfs_quota_us", "20000\n");
    write("sys/fs/cgroup/cpu,cpuacct/bh/cpu.cfs_period_us", "100000\n");
    expect(readCpuQuota(system)).toBe(0.2);
  });
});
