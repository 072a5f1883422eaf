/** Two equal labs, for two lanes: the same names, addresses and MACs in namespaces of their own. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { leftovers, type Testbed, VethLab } from "@iopath/lab";

export class LanePair implements Disposable {
  #labs = makeTwo();

  /** @param swapped gives the second lane to the first asker */
  testbeds(swapped: boolean): readonly [Testbed, Testbed] {
    const [first, second] = this.#labs.testbeds;
    return swapped ? [second, first] : [first, second];
  }

  /** @throws IopathError, exit status 7, when lanes that ended well left something behind */
  requireClean(): void {
    const dirt = this.#labs.testbeds.flatMap(leftovers);
    if (dirt.length === 0) return;
    throw new IopathError(ExitStatus.hostDirty, `a lane left ports dirty: ${dirt.join(", ")}`, {
      remedy: "this is a fault of the path; nothing measured after it would count",
    });
  }

  /** After a lane that died, which may not have closed what it opened. */
  renew(): void {
    this.#labs[Symbol.dispose]();
    this.#labs = makeTwo();
  }

  [Symbol.dispose](): void {
    this.#labs[Symbol.dispose]();
  }
}

function makeTwo(): { readonly testbeds: readonly [Testbed, Testbed] } & Disposable {
  using making = new DisposableStack();
  const testbeds = [making.use(new VethLab()).testbed, making.use(new VethLab()).testbed] as const;
  const labs = making.move();
  return { testbeds, [Symbol.dispose]: () => labs.dispose() };
}
