/** What this process may do, and what to do where that is not enough. capabilities(7) */
import { readForWords } from "./if-there.ts";

/** Bits of linux/capability.h: what the lab and the paths use. */
const needed = {
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_ADMIN: 21,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const;

export type Capability = keyof typeof needed;

/**
 * Capabilities that iopath uses and that this process does not have. None where /proc does not say:
 * what needs one is refused by the kernel then.
 */
export function missingCapabilities(): Capability[] {
  const held = effectiveCapabilities();
  if (held === undefined) return [];
  return (Object.keys(needed) as Capability[]).filter(
    (name) => (held >> BigInt(needed[name])) % 2n === 0n,
  );
}

/** As a set of bits; undefined where /proc does not say. */
function effectiveCapabilities(): bigint | undefined {
  const bits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readForWords("/proc/thread-self/status") ?? "")?.[1];
  return bits === undefined ? undefined : BigInt(`0x${bits}`);
}

/** Whether root here is root of a user namespace, as in a rootless container. user_namespaces(7) */
function isInUserNamespace(): boolean {
  const map = (readForWords("/proc/self/uid_map") ?? "").trim().split(/\s+/);
  return map.length > 1 && map.join(" ") !== "0 0 4294967295";
}

/** What to do where the system did not permit something: by who this process is. */
export function privilegeRemedy(): string {
  const capabilities = Object.keys(needed).join(", ");
  const missing = missingCapabilities();
  if (process.geteuid?.() !== 0) {
    return `run the same command with \`sudo\` (capabilities ${capabilities})`;
  }
  if (isInUserNamespace()) {
    return (
      "this process is root of a user namespace, as in a rootless container, which may not do that: " +
      "run it as root of the machine, in a container as `--privileged` and not rootless"
    );
  }
  if (missing.length > 0) {
    const flags = missing.map((name) => `--cap-add ${name.replace("CAP_", "")}`).join(" ");
    return (
      `this process is root without ${missing.join(", ")}: start the container with \`${flags}\` or ` +
      "`--privileged`"
    );
  }
  return (
    "this process is root with all capabilities: a seccomp filter, AppArmor, SELinux or lockdown " +
    "forbids it; a container needs `--privileged`"
  );
}
