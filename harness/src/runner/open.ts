/** Opens the runner of a place. Each kind is loaded when it is asked for. */
import type { Place } from "@iopath/lab";
import type { RunnerOptions, TrialRunner } from "./runner.ts";

/**
 * @param variants that will be asked for, by path: labs of a guest take time to make
 * @throws IopathError when the place is not available: no root, no guest, a missing interface
 */
export async function openRunner(
  place: Place,
  variants: Readonly<Record<string, readonly string[]>>,
  options: RunnerOptions,
): Promise<TrialRunner> {
  switch (place.kind) {
    case "guest": {
      const { GuestRunner, guestToBoot } = await import("./guest.ts");
      const { profilerFile } = await import("@iopath/lab/guest");
      const toBoot = guestToBoot(place);
      const profiler = options.profiles ? { profiler: profilerFile(toBoot.machine.qemu) } : {};
      return new GuestRunner({ ...toBoot, ...profiler }, variants, options);
    }
    case "card":
    case "verbs": {
      const { DevicesRunner } = await import("./devices.ts");
      return new DevicesRunner(place, options);
    }
    default: {
      const { HostRunner } = await import("./host.ts");
      return new HostRunner(place, options);
    }
  }
}
