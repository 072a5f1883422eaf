import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { findGuestMachine, Guest } from "../../src/guest/index.ts";

const native = resolve(import.meta.dirname, "../../../native/src/index.ts");

/** In the guest: takes its second CPU offline, and asks which it may use and whether it can. */
const script = `
  echo 0 > /sys/devices/system/cpu/cpu1/online || exit 9
  grep Cpus_allowed_list /proc/self/status
  exec "$0" --input-type=module --eval '
    import { allowedCpus, onlineCpus, pinToCpu } from "${native}";
    pinToCpu(allowedCpus().at(-1));
    console.log("may use", allowedCpus().join(), "of", onlineCpus().join());'`;

describe("a machine with a CPU that is offline", () => {
  test("measures on a CPU that is online", async () => {
    using guest = await Guest.boot({
      ...{ clock: "wall" as const, machine: findGuestMachine("igb"), processors: 2 },
    });
    let said = "";
    const status = await guest.run(["bash", "-c", script, process.execPath], {
      limitMs: 120_000,
      onOutput: (chunk) => (said += chunk.toString()),
      onError: (chunk) => (said += chunk.toString()),
    });
    expect(said).toContain("may use 0 of 0");
    expect(said).toMatch(/Cpus_allowed_list:\s0-1/);
    expect(status).toBe(0);
  }, 180_000);
});
