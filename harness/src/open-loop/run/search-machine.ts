/** What a run of searches takes from this machine, and from the one that its tester is on. */
import { findPorts, requireLabPrivileges } from "@iopath/lab";
import { readIfThere } from "@iopath/native";
import { type Environment, readEnvironment } from "../../environment/environment.ts";
import type { FarHost, SearchCell, Searches } from "../../matrix/search-cell.ts";
import { findPath, findVariant } from "../../paths/all.ts";
import { OpenLoopDevice } from "../device.ts";
import { FarTester } from "../far/far-tester.ts";
import { type Placement, placeApart, placementHere } from "../placement.ts";
import { readCpus } from "../topology.ts";
import type { Ground } from "./events.ts";
import type { SearchMachine } from "./run-searches.ts";

interface MachineOptions {
  readonly signal: AbortSignal;
  /** How long the tester's machine is waited for, while something else measures there. */
  readonly waitMinutes: number;
}

export class SearchMachineHere implements SearchMachine {
  readonly #options: MachineOptions;
  /** CPUs of the machine that the tester is on; undefined where it is this one. */
  #farCpus: FarTester["machine"]["cpus"] | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  now(): Date {
    return new Date();
  }

  elapsedMs(): number {
    return performance.now();
  }

  readEnvironment(): Environment {
    return readEnvironment();
  }

  placementOf({ path, variant: name, cpus }: SearchCell): Placement | undefined {
    const variant = findVariant(findPath(path), name);
    if (this.#farCpus === undefined) return placementHere(variant, cpus);
    return placeApart(readCpus(), this.#farCpus, variant, cpus);
  }

  /** Asks interfaces of the user's, here and there, before anything is done to them. */
  async groundOf(searches: Searches): Promise<Ground> {
    const { interfaces, testerHost } = searches;
    if (interfaces === undefined) {
      requireLabPrivileges();
      return { class: "virtual", place: "host", lineMbits: null, notes: [] };
    }
    await using far = testerHost && (await this.#connect(searches, testerHost));
    const found = findPorts(interfaces, { ...wantsOf(searches), workers: 1 }, far?.ends);
    const ground = {
      ...{ class: found.class, place: "hardware" as const },
      lineMbits: found.class === "hardware" ? speedOf(interfaces.ports[1]) : null,
    };
    if (!far) return { ...ground, notes: [...found.notes] };
    const { cpus, kernel, cpuModel } = far.machine;
    this.#farCpus = cpus;
    const notes = far.ends.notes.map((note) => `the tester's machine: ${note}`);
    return { ...ground, notes: [...found.notes, ...notes], tester: { kernel, cpuModel } };
  }

  async open(searches: Searches, cell: SearchCell, placement: Placement): Promise<OpenLoopDevice> {
    const { interfaces, testerHost } = searches;
    const path = findPath(cell.path);
    const variant = findVariant(path, cell.variant);
    const { signal } = this.#options;
    return await OpenLoopDevice.open({
      ...{ ...cell, path, variant, placement, signal },
      ...(interfaces && { interfaces }),
      ...(testerHost && { far: () => this.#connect(searches, testerHost) }),
    });
  }

  async #connect(searches: Searches, far: FarHost): Promise<FarTester> {
    const { signal, waitMinutes } = this.#options;
    const { tester, testerNamespace, force = false } = searches.interfaces!;
    const [wire0, wire1] = tester as readonly [string, string];
    const request = {
      ...{ ...wantsOf(searches), tester: [wire0, wire1] as [string, string], force, waitMinutes },
      ...(testerNamespace === undefined ? {} : { testerNamespace }),
    };
    const wasThere = this.#farCpus !== undefined;
    return await FarTester.connect({ far, request, signal, wasThere });
  }
}

/** What searches want of interfaces. */
function wantsOf({ cells }: Searches) {
  const usesUdp = cells.some(
    ({ path, variant }) => findVariant(findPath(path), variant).carrier === "udp",
  );
  return { usesUdp, frameBytesMax: Math.max(...cells.map(({ frameBytes }) => frameBytes)) };
}

/** Mbit/s of a link, by sysfs-class-net; null where the driver does not know. */
function speedOf(device: string): number | null {
  const mbits = Number(readIfThere(`/sys/class/net/${device}/speed`) ?? 0);
  return mbits > 0 ? mbits : null;
}
