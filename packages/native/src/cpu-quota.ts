/**
 * How much CPU time the control groups of this process leave it: the smallest quota of all groups
 * that it is in, version 1 or 2. cgroups(7), Documentation/scheduler/sched-bwc.rst
 */
import { join } from "node:path";
import { notOurs, readIfThere } from "./if-there.ts";

interface Mount {
  readonly version: 1 | 2;
  /** The group that is mounted, and where. */
  readonly root: string;
  readonly point: string;
}

/**
 * In CPUs: 0.2 is a fifth of one. Undefined where there is no quota.
 *
 * @param system where the system's files lie, for tests
 */
export function readCpuQuota(system = "/"): number | undefined {
  // A container may hide groups that it is in: their quota is not known, and as good as none.
  const read = (file: string) => readIfThere(join(system, file), ...notOurs) ?? "";
  const quotas = mountsOf(read("proc/self/mountinfo")).flatMap((mount) =>
    foldersOf(mount, read("proc/self/cgroup")).flatMap((folder) => {
      const quota = mount.version === 2 ? quotaOf(read, folder) : firstQuotaOf(read, folder);
      return Number.isFinite(quota) && quota > 0 ? [quota] : [];
    }),
  );
  return quotas.length > 0 ? Math.min(...quotas) : undefined;
}

type Read = (file: string) => string;

/** "20000 100000", microseconds of each period; "max 100000" is no quota. */
function quotaOf(read: Read, folder: string): number {
  const [quota, period] = read(`${folder}/cpu.max`).trim().split(" ");
  return Number(quota) / Number(period);
}

/** Of version 1; a quota of -1 means no limit. */
function firstQuotaOf(read: Read, folder: string): number {
  const quota = Number(read(`${folder}/cpu.cfs_quota_us`) || -1);
  return quota / Number(read(`${folder}/cpu.cfs_period_us`));
}

/** The hierarchies that can have quotas. proc_pid_mountinfo(5) */
function mountsOf(text: string): Mount[] {
  return text.split("\n").flatMap((line): Mount[] => {
    const [fields = "", source = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = fields.split(" ");
    const [type, , options = ""] = source.split(" ");
    if (type === "cgroup2") return [{ version: 2, root, point }];
    const isOfCpu = type === "cgroup" && options.split(",").includes("cpu");
    return isOfCpu ? [{ version: 1, root, point }] : [];
  });
}

/** Folders of the groups that the process is in, from its own to the one that is mounted. */
function foldersOf({ version, root, point }: Mount, groups: string): string[] {
  const path = pathOf(groups, version);
  if (path === undefined) return [];
  // A container may see a path that begins above what is mounted in it: then the mount is its own.
  const isWithin = path === root || path.startsWith(root === "/" ? "/" : `${root}/`);
  const inner = isWithin && !path.includes("..") ? path.slice(root === "/" ? 0 : root.length) : "";
  const parts = inner.split("/").filter(Boolean);
  return Array.from({ length: parts.length + 1 }, (_, i) =>
    [point, ...parts.slice(0, i)].join("/"),
  );
}

/** "0::/a/b" of version 2, "3:cpu,cpuacct:/a/b" of version 1. */
function pathOf(groups: string, version: 1 | 2): string | undefined {
  for (const line of groups.split("\n")) {
    const [, controllers = "", ...path] = line.split(":");
    const isIt = version === 2 ? line.startsWith("0::") : controllers.split(",").includes("cpu");
    if (isIt) return path.join(":");
  }
  return undefined;
}
