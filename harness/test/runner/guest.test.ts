import type { Testbed } from "@iopath/lab";
import {
  type Clock,
  type Guest,
  type GuestMachine,
  guestMachines,
  virtio,
} from "@iopath/lab/guest";
import { afterEach, describe, expect, it, vi } from "vitest";
import { GuestRunner } from "../../src/runner/guest.ts";
import type { TrialOrder } from "../../src/runner/runner.ts";

const end = { device: "port0", mac: "02:00:00:00:00:01", ipv4: "10.0.1.1" };
const port = { ...end, queue: 0, neighbor: { mac: end.mac, ipv4: end.ipv4 } };
const testbed: Testbed = { class: "emulated", ports: [port, port], wires: [end, end] };
const order: TrialOrder = { role: "probe", path: "xdp", variant: "native", burst: 64 };
const loopOrder = {
  ...{ ...order, role: "closed-loop" as const, frameBytes: 64, window: 64 },
  ...{ warmUpWindows: 1, samples: 1 },
};
const supported = JSON.stringify({ status: "supported" });

/** As the guest's /proc/kallsyms has them. */
const kernelAddresses = ["__entry_text_start", "__entry_text_end", "__switch_to_asm"]
  .map((name, i) => `ffffffff8220000${i} T ${name}\n`)
  .join("");
const measured = JSON.stringify({
  ...{ status: "measured", samplesNs: [1], framesSent: 64, framesReceived: 64 },
  ...{ garbageCollections: 0, residentBytesMax: 1, cpuUserUs: 1, cpuSystemUs: 1 },
  ...{ syscalls: null, wakeups: null, contextSwitches: 0 },
});

type Run = Guest["run"];
type Options = Parameters<Run>[1];

/** How a trial's program ends in the fake guest: with a status, or by taking the guest with it. */
type Trial = (options: Options) => number;

/** A guest without QEMU: it has one lab, and a trial does what the test says. */
class FakeGuest {
  readonly processors = 1;
  readonly commands: string[][] = [];
  readonly requests: unknown[] = [];
  disposed = false;
  readonly #trial: Trial;

  constructor(trial: Trial) {
    this.#trial = trial;
  }

  run: Run = async (command, options) => {
    this.commands.push([...command]);
    if (command.some((word) => word.endsWith("hold-labs.ts"))) {
      options.onOutput?.(Buffer.from(JSON.stringify({ veth: { testbed } })));
      return 0;
    }
    if (command[0] === "grep") {
      options.onOutput?.(Buffer.from(kernelAddresses));
      return 0;
    }
    this.requests.push(JSON.parse(options.input ?? ""));
    return this.#trial(options);
  };

  takeShared = () => undefined;
  takeProfile = () => undefined;
  lastWords = () => "Kernel panic";

  [Symbol.dispose](): void {
    this.disposed = true;
  }
}

const answers: Trial = ({ onOutput }) => {
  onOutput?.(Buffer.from(supported));
  return 0;
};
const takesTheGuestDown: Trial = () => {
  throw new Error("the guest ended by itself");
};

/** A runner, and the guests that it boots: one after the other does the trials of the list. */
function start(
  trials: readonly (Trial | Error)[],
  { clock = "wall", machine = guestMachines[0] }: { clock?: Clock; machine?: GuestMachine } = {},
) {
  const guests: FakeGuest[] = [];
  const boot = vi.fn(async () => {
    const trial = trials[boot.mock.calls.length - 1]!;
    if (trial instanceof Error) throw trial;
    guests.push(new FakeGuest(trial));
    return guests.at(-1)!;
  });
  const abort = new AbortController();
  const toBoot = { clock, machine };
  const runner = new GuestRunner(toBoot, { xdp: ["native"] }, { signal: abort.signal }, boot);
  started.push(runner);
  return { runner, guests, boot, abort };
}

const started: Disposable[] = [];
afterEach(() => {
  for (const runner of started.splice(0)) runner[Symbol.dispose]();
});

describe("a guest's runner", () => {
  it("boots with the first trial and hands each the lab's testbed, the guest's CPU and agent", async () => {
    const { runner, guests, boot } = start([answers]);
    expect(boot).not.toHaveBeenCalled();
    for (let i = 0; i < 2; i++) expect(await runner.run(order)).toEqual({ status: "supported" });
    expect(boot).toHaveBeenCalledTimes(1);
    expect(guests[0]!.commands).toHaveLength(3); // the labs, once, and two trials
    const wanted = { ...order, workload: "ipv4-forward", testbed, cpu: 0, parentPid: 1 };
    expect(guests[0]!.requests).toMatchObject([wanted, wanted]);
  });

  it("makes a lab of a machine's own cards, and else one of veth pairs", async () => {
    const ordered = async (machine?: GuestMachine) => {
      const { runner, guests } = start([answers], machine ? { machine } : {});
      await runner.run(order);
      return JSON.parse(guests[0]!.commands[0]!.at(-1)!);
    };
    expect(await ordered(virtio)).toEqual([{ name: "veth", cards: virtio.cards }]);
    expect(await ordered()).toEqual([{ name: "veth" }]);
  });

  it("fails the trial that takes the guest down, and boots another for the next", async () => {
    const { runner, guests } = start([takesTheGuestDown, answers]);
    expect(await runner.run(order)).toEqual({
      status: "failed",
      reason: "the guest ended by itself",
    });
    expect(guests[0]!.disposed).toBe(true);
    expect(await runner.run(order)).toEqual({ status: "supported" });
    expect(guests).toHaveLength(2);
    expect(guests[1]!.disposed).toBe(false);
  });

  it("says what a program wrote that ended without an answer, and keeps the guest", async () => {
    const { runner, guests } = start([
      ({ onError }) => {
        onError?.(Buffer.from("Segmentation fault"));
        return 139;
      },
    ]);
    const result = await runner.run(order);
    expect(result).toMatchObject({ status: "failed" });
    expect(JSON.stringify(result)).toMatch(/status 139: Segmentation fault/);
    expect(guests[0]!.disposed).toBe(false);
  });

  it("boots no third guest after two that did not come up", async () => {
    const { runner, boot } = start([new Error("no KVM"), new Error("no memory"), answers]);
    const reasons = [];
    for (let i = 0; i < 3; i++) reasons.push(await runner.run(order));
    const failed = (reason: string) => ({ status: "failed", reason });
    expect(reasons).toEqual([failed("no KVM"), failed("no memory"), failed("no memory")]);
    expect(boot).toHaveBeenCalledTimes(2);
  });

  it("ends the guest with the run, and makes no further trial", async () => {
    const { runner, guests, abort } = start([answers]);
    await runner.run(order);
    abort.abort(new Error("SIGINT"));
    expect(guests[0]!.disposed).toBe(true);
    await expect(runner.run(order)).rejects.toThrow("SIGINT");
  });

  it.each([
    ["instructions", true],
    ["wall", false],
  ] as const)("counts %s with V8's helper threads off: %s", async (clock, single) => {
    const { runner, guests } = start([answers], { clock });
    await runner.run(order);
    const flags = guests[0]!.commands.map((command) => command.includes("--single-threaded"));
    expect(flags).toEqual([single, single]);
  });

  it("keeps the figure of a profiled trial of which the profiler wrote nothing", async () => {
    const { runner } = start([
      ({ onOutput }) => {
        onOutput?.(Buffer.from(measured));
        return 0;
      },
    ]);
    expect(await runner.profile(loopOrder)).toEqual({
      result: expect.objectContaining({ status: "measured" }),
      raw: { missing: "the profiler wrote no stacks; QEMU said\nKernel panic" },
    });
  });
});
