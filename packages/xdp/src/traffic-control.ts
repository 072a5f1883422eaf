/** The ingress hook of traffic control: a tcx link, or the classic filter of kernels before 6.6. */
import { readFileSync, rmSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { run } from "@iopath/lab";
import {
  errnoOf,
  HeldNamespace,
  interfaceIndex,
  SystemError,
  TcxLink,
  type TrafficControlProgram,
} from "@iopath/native";

export type TrafficControlHook = "tcx" | "clsact";

const bpfFileSystem = "/sys/fs/bpf";

/** Attaches until disposed. A tcx link also goes with the process, a filter does not. */
export function attachToIngress(
  program: TrafficControlProgram,
  device: string,
  hook?: TrafficControlHook,
): Disposable {
  if (hook === "clsact") return attachFilter(program, device);
  try {
    return new TcxLink(program, interfaceIndex(device));
  } catch (error) {
    // A kernel that has no such attach type says so with EINVAL.
    const unknown = error instanceof SystemError && error.errno === errnoOf("EINVAL");
    if (hook === "tcx" || !unknown) throw error;
    return attachFilter(program, device);
  }
}

/**
 * A clsact queueing discipline with one direct-action filter, made by tc(8), which finds the program
 * under a pinned name. The name is needed no longer than the filter takes to make.
 */
function attachFilter(program: TrafficControlProgram, device: string): Disposable {
  requireBpfFileSystem();
  using opening = new DisposableStack();
  const namespace = opening.use(new HeldNamespace());
  run("tc", ["qdisc", "add", "dev", device, "clsact"]);
  opening.defer(() =>
    namespace.within(() => run("tc", ["qdisc", "delete", "dev", device, "clsact"])),
  );
  const pinned = `${bpfFileSystem}/iopath-${process.pid}`;
  rmSync(pinned, { force: true });
  program.pin(pinned);
  try {
    const filter = ["filter", "add", "dev", device, "ingress"];
    run("tc", [...filter, "bpf", "direct-action", "object-pinned", pinned]);
  } finally {
    rmSync(pinned);
  }
  return opening.move();
}

function requireBpfFileSystem(): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  if (mounts.some((line) => line.split(" ")[1] === bpfFileSystem)) return;
  throw new IopathError(ExitStatus.cannotRun, `no bpf file system on ${bpfFileSystem}`, {
    remedy: `mount -t bpf bpf ${bpfFileSystem}`,
  });
}
