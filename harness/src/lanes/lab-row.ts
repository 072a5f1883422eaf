/** Labs of one kind side by side, a process in each; made when they are needed, and kept. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { leftovers, linksOf, portFaults, type Testbed, undoOrphans, VethLab } from "@iopath/lab";

export class LabRow implements Disposable {
  readonly #labs: VethLab[] = [];

  /** @throws IopathError when one can't be made */
  testbeds(count: number): Testbed[] {
    while (this.#labs.length < count) this.#labs.push(new VethLab());
    return this.#labs.slice(0, count).map(({ testbed }) => testbed);
  }

  /**
   * After a launch in the first `count` of them: those whose process died or whose ports failed are
   * made again.
   *
   * @returns what is wrong with ports, by the place of the lab
   * @throws IopathError, exit status 7, when a process that ended well left something behind
   */
  inspect(count: number, suspect: readonly number[]): ReadonlyMap<number, string> {
    if (suspect.length > 0) undoOrphans();
    const faults = new Map<number, string>();
    for (let i = 0; i < count; i++) {
      const { testbed } = this.#labs[i]!;
      const links = linksOf(testbed);
      const found = portFaults(testbed, links);
      if (found.length > 0) faults.set(i, found.join(", "));
      if (suspect.includes(i) || found.length > 0) {
        this.#labs[i]![Symbol.dispose]();
        this.#labs[i] = new VethLab();
        continue;
      }
      const dirt = leftovers(testbed, links);
      if (dirt.length === 0) continue;
      throw new IopathError(ExitStatus.hostDirty, `a lane left ports dirty: ${dirt.join(", ")}`, {
        remedy:
          "this is a fault of the path; nothing measured after it would count, so the run ends",
      });
    }
    return faults;
  }

  [Symbol.dispose](): void {
    for (const lab of this.#labs.splice(0)) lab[Symbol.dispose]();
  }
}
