/** Two equal labs, for two lanes: the same names, addresses and MACs in namespaces of their own. */
import type { Testbed } from "@iopath/lab";
import { LabRow } from "../../lanes/lab-row.ts";
import { LaneError } from "../../lanes/lane-process.ts";

export class LanePair implements Disposable {
  readonly #labs = new LabRow();

  /**
   * @param swapped gives the second lab to the first lane
   * @throws IopathError when labs can't be made here
   */
  testbeds(swapped: boolean): readonly [Testbed, Testbed] {
    const [first, second] = this.#labs.testbeds(2) as [Testbed, Testbed];
    return swapped ? [second, first] : [first, second];
  }

  /**
   * After lanes that ended well.
   *
   * @throws LaneError when a port failed meanwhile; its lab is made again
   * @throws IopathError, exit status 7, when they left something behind
   */
  requireSound(): void {
    const [fault] = this.#labs.inspect(2, []).values();
    if (fault !== undefined) throw new LaneError(fault);
  }

  /** After a lane that died, which may not have closed what it opened. */
  renew(): void {
    this.#labs.inspect(2, [0, 1]);
  }

  [Symbol.dispose](): void {
    this.#labs[Symbol.dispose]();
  }
}
