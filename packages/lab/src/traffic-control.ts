/** The ingress hook of traffic control: a tcx link, or the classic filter of kernels before 6.6. */
import {
  errnoOf,
  PrivateMount,
  SystemError,
  TcxLink,
  type TrafficControlProgram,
} from "@iopath/native";
import { run } from "./command.ts";
import { addUntilDisposed } from "./undo.ts";

export type TrafficControlHook = "tcx" | "clsact";

/** The hook that the kernel has, and what takes the program off it again. */
export interface AttachedToIngress {
  readonly hook: TrafficControlHook;
  readonly attachment: Disposable;
}

/** Attaches until disposed. A tcx link also goes with the process, a filter does not. */
export function attachToIngress(
  program: TrafficControlProgram,
  device: string,
  hook?: TrafficControlHook,
): AttachedToIngress {
  const asFilter = () => ({ hook: "clsact", attachment: attachFilter(program, device) }) as const;
  if (hook === "clsact") return asFilter();
  try {
    return { hook: "tcx", attachment: new TcxLink(program, device) };
  } catch (error) {
    // A kernel that has no such attach type says so with EINVAL.
    const unknown = error instanceof SystemError && error.errno === errnoOf("EINVAL");
    if (hook === "tcx" || !unknown) throw error;
    return asFilter();
  }
}

/**
 * A clsact queueing discipline with one direct-action filter, made by tc(8), which finds the
 * program by a name in a bpf file system. Both are needed no longer than the filter takes to make.
 */
function attachFilter(program: TrafficControlProgram, device: string): Disposable {
  using opening = new DisposableStack();
  const ofDevice = ["dev", device, "clsact"];
  opening.use(
    addUntilDisposed("tc", ["qdisc", "add", ...ofDevice], ["qdisc", "delete", ...ofDevice]),
  );
  using pins = new PrivateMount("bpf");
  const name = `${pins.path}/${program.name}`;
  program.pin(name);
  const filter = ["filter", "add", "dev", device, "ingress"];
  run("tc", [...filter, "bpf", "direct-action", "object-pinned", name]);
  return opening.move();
}
