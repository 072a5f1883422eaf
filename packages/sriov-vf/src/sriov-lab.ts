/**
 * A lab of four virtual functions. Their card's internal switch is the wire: a frame goes to the
 * function whose MAC address it names. The tester's may be of another card, or interfaces.
 *
 *     tester namespace                            no driver
 *     tester0  function 2  ......02  ── switch ──  port 0  function 0  ......01   ingress
 *     tester1  function 3  ......04  ── switch ──  port 1  function 1  ......03   egress
 */
import { writeFileSync } from "node:fs";
import { ExitStatus, IopathError, type PortSpec } from "@iopath/contract";
import {
  atExit,
  bindKernelDriver,
  type CardPlace,
  deleteOrphanNamespaces,
  type FunctionSource,
  findEnds,
  ip,
  Namespace,
  netdevOf,
  type Pair,
  type Testbed,
  type TesterSource,
  type WireEnd,
} from "@iopath/lab";
import { inNamespace, SystemError, setReceiveCoalescing } from "@iopath/native";
import { limitsOf, macOf, takeFunctions } from "./functions.ts";
import { bringUpFunctions } from "./link.ts";
import { VirtualFunctions } from "./physical-function.ts";

const portMacs = ["02:00:00:00:00:01", "02:00:00:00:00:03"] as const;
const testerMacs = ["02:00:00:00:00:02", "02:00:00:00:00:04"] as const;
const portAddresses = ["10.0.1.1", "10.0.2.1"] as const;
const testerAddresses = ["10.0.1.2", "10.0.2.2"] as const;
const testerNames = ["tester0", "tester1"] as const;
/** The shortest that igbvf takes as it is. */
const testerCoalescingUs = 10;

export interface SriovLabOptions extends Omit<CardPlace, "kind"> {
  /** Whether the card is QEMU's. */
  readonly emulated: boolean;
}

/** Made by the constructor, unmade by `using`, and by the end of the process at the latest. */
export class SriovLab implements Disposable {
  /** Its ports are named by PCI address, and no driver has them. */
  readonly testbed: Testbed;
  readonly #resources: DisposableStack;
  readonly #atExit: Disposable;

  constructor(options: SriovLabOptions) {
    deleteOrphanNamespaces();
    const { ports: source, tester = source, emulated } = options;
    using undo = new DisposableStack();
    const shared = source === tester;
    const wanted = [...portMacs, ...(shared ? testerMacs : [])];
    const made = functionsOf(source, wanted, options.count, undo);
    const [ingress, egress] = made as Pair;
    const limits = limitsOf(ingress, emulated);
    const { wires, namespace } = makeTester(tester, shared ? made.slice(2) : undefined, undo);
    this.testbed = {
      class: emulated ? "emulated" : "hardware",
      ...(emulated ? {} : { shared: true, hasLinks: true }),
      ...(namespace === undefined ? {} : { testerNamespace: namespace }),
      ports: [
        { ...portAt(0), device: ingress, mac: macOf(ingress), neighbor: wires[0] },
        { ...portAt(1), device: egress, mac: macOf(egress), neighbor: wires[1] },
      ],
      wires,
      ...(limits ? { limits } : {}),
    };
    this.#resources = undo.move();
    this.#atExit = atExit(() => this[Symbol.dispose]());
  }

  [Symbol.dispose](): void {
    this.#atExit[Symbol.dispose]();
    this.#resources.dispose();
  }
}

function portAt(end: 0 | 1): Pick<PortSpec, "queue" | "ipv4"> {
  return { queue: 0, ipv4: portAddresses[end] };
}

/** PCI addresses, at least as many as MAC addresses. */
function functionsOf(
  source: FunctionSource,
  macs: readonly string[],
  count: number | undefined,
  undo: DisposableStack,
): readonly string[] {
  if ("functions" in source) return takeFunctions(source.functions);
  if (count !== undefined && count < macs.length) {
    const message = `${count} functions of ${source.card} are too few: the forwarder has two, the tester two more`;
    throw new IopathError(ExitStatus.usage, message, {
      remedy: "`--vfs 4`, or the tester elsewhere: `--pf CARD,OTHER`, or `--tester IF2,IF3`",
    });
  }
  const spare = Array.from({ length: (count ?? macs.length) - macs.length }, (_, i) => {
    return `02:00:00:00:01:${i.toString(16).padStart(2, "0")}`;
  });
  return undo.use(new VirtualFunctions(source.card, [...macs, ...spare])).addresses;
}

interface Tester {
  readonly wires: readonly [WireEnd, WireEnd];
  readonly namespace: string | undefined;
}

/** @param shared functions of the ports' card, where the tester has those */
function makeTester(
  source: TesterSource,
  shared: readonly string[] | undefined,
  undo: DisposableStack,
): Tester {
  if ("interfaces" in source) {
    const { interfaces, namespace } = source;
    return { wires: findEnds(namespace, interfaces), namespace };
  }
  const functions = shared ?? functionsOf(source, testerMacs, undefined, undo);
  const { name: namespace } = undo.use(new Namespace("tester"));
  for (const end of [0, 1] as const) {
    undo.use(bindKernelDriver(functions[end]!));
    moveInto(namespace, functions[end]!, testerNames[end]);
  }
  bringUpFunctions(testerNames, namespace);
  const [wire0, wire1] = findEnds(namespace, testerNames);
  return {
    wires: [
      { ...wire0, ipv4: testerAddresses[0] },
      { ...wire1, ipv4: testerAddresses[1] },
    ],
    namespace,
  };
}

/** Renames the network device of a function, and moves it into a namespace, quiet and even. */
function moveInto(namespace: string, address: string, name: string): void {
  ip("link", "set", netdevOf(address), "netns", namespace, "name", name);
  inNamespace(namespace, () => {
    writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
    fixCoalescing(name);
  });
}

/**
 * The tester waits as long for its interrupts whatever came before. Left to itself, igbvf goes by
 * what it received lately, and the forwarder's work disappears in the waiting. A driver without the
 * setting keeps what it does; the next driver of the function starts from its own.
 */
function fixCoalescing(name: string): void {
  try {
    setReceiveCoalescing(name, { microseconds: testerCoalescingUs, adaptive: false });
  } catch (error) {
    if (!(error instanceof SystemError) || !["EOPNOTSUPP", "EINVAL"].includes(error.code))
      throw error;
  }
}
