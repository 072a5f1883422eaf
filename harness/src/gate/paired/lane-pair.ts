/** Two equal labs, for two lanes: the same names, addresses and MACs in namespaces of their own. */
import type { Testbed } from "@iopath/lab";
import { LabRow } from "../../runner/lab-row.ts";

const two = 2;

export class LanePair implements Disposable {
  readonly #row = new LabRow();

  /** @param swapped gives the second lane to the first asker */
  testbeds(swapped: boolean): readonly [Testbed, Testbed] {
    const [first, second] = this.#row.testbeds(two) as [Testbed, Testbed];
    return swapped ? [second, first] : [first, second];
  }

  /** @throws IopathError, exit status 7, when lanes that ended well left something behind */
  requireClean(): void {
    this.#row.inspect(two, []);
  }

  /** After a lane that died, which may not have closed what it opened. */
  renew(): void {
    this.#row.inspect(two, [0, 1]);
  }

  [Symbol.dispose](): void {
    this.#row[Symbol.dispose]();
  }
}
