/** KVM where it works, found by trying: a host may have /dev/kvm and refuse it, or hang in it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ifThere, notOurs, parseJson, readIfThere } from "@iopath/native";
import { cacheFolder } from "./cache.ts";
import type { GuestFiles } from "./packages.ts";
import { type Accelerator, type Clock, moduleEnvironment, processors } from "./qemu.ts";
import { throughLoader } from "./toolchain.ts";

/**
 * A kernel without a root file system panics and ends QEMU in about a second where KVM works. What
 * is found here holds until the machine starts again, so that a busy one gets far more.
 */
const trialLimitMs = 30_000;

/** What was found out, and since which start of this machine it has been true. */
interface Finding {
  readonly bootId: string;
  readonly accelerator: Accelerator;
}

/**
 * The instruction clock needs TCG; the wall clock takes KVM when a kernel boots in it.
 *
 * @param kvm the device, for tests of hosts that refuse it
 */
export async function bestAccelerator(
  packages: GuestFiles,
  clock: Clock,
  kvm = "/dev/kvm",
): Promise<Accelerator> {
  if (clock === "instructions" || !mayOpen(kvm)) return "tcg";
  const file = join(cacheFolder(), "accelerator.json");
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const known = readFinding(file);
  if (known?.bootId === bootId) return known.accelerator;
  const accelerator = (await kernelBootsInKvm(packages)) ? "kvm" : "tcg";
  keepFinding(file, { bootId, accelerator });
  return accelerator;
}

function mayOpen(device: string): boolean {
  const isOpenable = () => {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  };
  return ifThere(isOpenable, ...notOurs, "EROFS", "ENXIO") ?? false;
}

/** Not there, another user's, or cut off: it is found out again. */
function readFinding(file: string): Finding | undefined {
  return parseJson(readIfThere(file, ...notOurs) ?? "") as Finding | undefined;
}

function keepFinding(file: string, finding: Finding): void {
  try {
    writeFileSync(file, JSON.stringify(finding));
  } catch {
    // a cache that can't be written: it is found out again the next time
  }
}

async function kernelBootsInKvm(packages: GuestFiles): Promise<boolean> {
  const [program, ...args] = [
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...throughLoader(packages.qemu, "usr/bin/qemu-system-x86_64"),
    ...[
      "-L",
      join(packages.qemu, "usr/share/qemu"),
      "-L",
      join(packages.qemu, "usr/share/seabios"),
    ],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m", "512"],
    ...["-machine", "q35,kernel-irqchip=split"],
    ...processors({ clock: "wall", accelerator: "kvm" }),
    ...["-kernel", packages.kernel, "-append", "panic=-1 quiet"],
  ];
  const qemu = spawn(program!, args, {
    stdio: "ignore",
    env: moduleEnvironment(packages),
    timeout: trialLimitMs,
    killSignal: "SIGKILL",
  });
  const [status] = (await once(qemu, "exit")) as [number | null];
  return status === 0;
}
