/** The process of a guest: QEMU, from its command line to its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { bestAccelerator } from "./accelerator.ts";
import { files, lastWords, makeGuestFolder } from "./guest-folder.ts";
import type { GuestMachine } from "./machine.ts";
import { findGuestPackages } from "./packages.ts";
import {
  type Accelerator,
  type Clock,
  commandLine,
  type IommuMode,
  moduleEnvironment,
  processorCount,
} from "./qemu.ts";
import { Wires } from "./wires.ts";

/** What QEMU is started with. */
export interface QemuOptions {
  readonly clock: Clock;
  /** By its name (kernels/kernel-name.ts), and in the cache; `debian` when it is not said. */
  readonly kernel?: string;
  readonly iommu?: IommuMode;
  /** The best that works here when it is not said. */
  readonly accelerator?: Accelerator;
  /**
   * Default: one when emulated, two with KVM. On two emulated ones a program must be kept on one
   * (taskset(1)), or it may run an old form of code that it has rewritten.
   */
  readonly processors?: number;
  /** The file of the profiler that QEMU loads: see profiler.ts. */
  readonly profiler?: string;
}

export interface RunningGuest {
  readonly folder: string;
  readonly processors: number;
  readonly wires: Wires;
  /** Rejects when QEMU ends. */
  readonly ended: Promise<never>;
  readonly resources: DisposableStack;
}

/** @throws IopathError without the packages that a guest needs */
export async function startQemu(
  machine: GuestMachine,
  options: QemuOptions,
): Promise<RunningGuest> {
  const packages = findGuestPackages(machine, options.kernel);
  const { clock } = options;
  const accelerator = options.accelerator ?? (await bestAccelerator(packages, clock));
  using resources = new DisposableStack();
  const folder = resources.use(makeGuestFolder()).path;
  const wires = resources.use(new Wires(folder));
  const { processors = processorCount(accelerator) } = options;
  const { memoryMiB, platform, devices } = machine;
  const { profiler, iommu } = options;
  const preload = machine.preload?.();
  const line = commandLine(
    packages,
    {
      ...{ clock, accelerator, processors, memoryMiB, platform, devices },
      ...(iommu === undefined ? {} : { iommu }),
      ...(preload === undefined ? {} : { preload }),
      ...(profiler === undefined ? {} : { profiler }),
    },
    folder,
  );
  const environment = { ...moduleEnvironment(packages), ...machine.environment?.() };
  const qemu = spawnInto(folder, line, environment);
  const end = () => qemu.kill("SIGKILL");
  process.on("exit", end);
  resources.defer(() => process.off("exit", end));
  resources.defer(end);
  return {
    ...{ folder, wires, processors },
    ended: whenEnded(qemu, folder),
    resources: resources.move(),
  };
}

/** Starts QEMU with what it says itself going to a file of the guest's folder. */
function spawnInto(
  folder: string,
  [program, ...args]: string[],
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const log = openSync(join(folder, files.log), "w");
  try {
    return spawn(program!, args, { stdio: ["ignore", log, log], env });
  } finally {
    closeSync(log);
  }
}

/** Signals that QEMU does not give itself: what its guest did can't be the reason. */
const fromOutside: readonly string[] = ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"];

function describeEnd(status: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null && fromOutside.includes(signal)) return `was ended from outside (${signal})`;
  return `ended by itself (${signal ?? `status ${status}`})`;
}

/** Whether words that were told of a guest say that someone else on this machine ended it. */
export function saysEndedFromOutside(words: string): boolean {
  return words.includes("the guest was ended from outside (");
}

function whenEnded(qemu: ChildProcess, folder: string): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    const tell = (how: string) =>
      reject(
        new IopathError(ExitStatus.cannotRun, `the guest ${how}; it said\n${lastWords(folder)}`),
      );
    qemu.once("exit", (status, signal) => tell(describeEnd(status, signal)));
    qemu.once("error", (error) => tell(`did not start (${error.message})`));
  });
  ended.catch(() => {}); // reported to the caller that waits, if any
  return ended;
}
