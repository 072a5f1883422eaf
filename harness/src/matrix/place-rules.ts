/**
 * Which flags that say where frames are forwarded go together: one table, over the flags and what
 * the config names already. A flag that would be ignored is refused, with the one that it clashes
 * with.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { isPciAddress } from "@iopath/lab";
import type { Overrides } from "./override-flags.ts";
import type { Section } from "./section.ts";

/** What flags or config can say about a place. */
type Fact =
  | "guest"
  | "interfaces"
  | "functions"
  | "card"
  | "second card"
  | "function count"
  | "verbs devices"
  | "tester"
  | "tester interfaces"
  | "no tester"
  | "tester namespace"
  | "next hop"
  | "force"
  | "several workers";

/** Each fact that holds, with the words that say it: "--pf", "ports of the config". */
type Facts = ReadonlyMap<Fact, string>;

interface Clash {
  readonly these: readonly [Fact, Fact];
  readonly because: string;
}

interface Need {
  readonly this: Fact;
  /** One of them at least. */
  readonly needs: readonly Fact[];
  /** As a user writes it. */
  readonly asks: string;
}

const twoPlaces = "each names where frames are forwarded";
const ofThisHost = "it names devices of this host";
const oneWorker = "there is one queue and one CPU";

const clashes: readonly Clash[] = [
  { these: ["card", "interfaces"], because: twoPlaces },
  { these: ["card", "functions"], because: twoPlaces },
  { these: ["card", "verbs devices"], because: twoPlaces },
  { these: ["verbs devices", "interfaces"], because: twoPlaces },
  { these: ["verbs devices", "functions"], because: twoPlaces },
  { these: ["interfaces", "guest"], because: ofThisHost },
  { these: ["functions", "guest"], because: ofThisHost },
  { these: ["card", "guest"], because: ofThisHost },
  { these: ["verbs devices", "guest"], because: ofThisHost },
  { these: ["second card", "tester"], because: "both say where the tester is" },
  { these: ["card", "no tester"], because: "a card's functions are measured by a tester here" },
  { these: ["functions", "no tester"], because: "functions are measured by a tester here" },
  { these: ["tester namespace", "no tester"], because: "there is no tester here" },
  { these: ["next hop", "card"], because: "functions send to the tester's" },
  { these: ["next hop", "functions"], because: "functions send to the tester's" },
  { these: ["force", "card"], because: "a card that carries a default route is never taken" },
  { these: ["force", "functions"], because: "functions that carry one are never taken" },
  { these: ["several workers", "guest"], because: "a guest has one CPU" },
  { these: ["several workers", "card"], because: oneWorker },
  { these: ["several workers", "functions"], because: oneWorker },
  { these: ["several workers", "verbs devices"], because: oneWorker },
];

const needs: readonly Need[] = [
  { this: "function count", needs: ["card"], asks: "--pf" },
  { this: "tester", needs: ["interfaces", "functions", "card"], asks: "--ports or --pf" },
  { this: "tester namespace", needs: ["tester interfaces"], asks: "--tester IF2,IF3" },
  { this: "next hop", needs: ["interfaces"], asks: "--ports" },
  { this: "force", needs: ["interfaces"], asks: "--ports" },
];

/** @throws IopathError, exit status 3, that names both of two that can't be together */
export function refusePlaceClashes(flags: Overrides, config: readonly Section[]): void {
  const given = new Map(factsOfFlags(flags));
  const configured = factsOfConfig(config, flags);
  const facts: Facts = new Map([...configured, ...given]);
  for (const { these, because } of clashes) {
    const [first, second] = these.map((fact) => facts.get(fact));
    // A clash within a config is reported as a fault of the config.
    if (!first || !second || !these.some((fact) => given.has(fact))) continue;
    const message = `${first} and ${second} do not go together: ${because}`;
    throw new IopathError(ExitStatus.usage, message, {
      remedy: `leave out ${first}, or ${second}`,
    });
  }
  for (const { this: fact, needs: wanted, asks } of needs) {
    const flag = given.get(fact);
    if (!flag || wanted.some((one) => facts.has(one))) continue;
    throw new IopathError(ExitStatus.usage, `${flag} has an effect only with ${asks}`, {
      remedy: `add ${asks}, or leave out ${flag}`,
    });
  }
}

function factsOfFlags(flags: Overrides): [Fact, string][] {
  const { place, machine, clock, kernel, iommu, ports, pf, vfs, rdmaDevice, tester, workers } =
    flags;
  const { testerNamespace, nextHop, force } = flags;
  const chooser =
    (place === "guest" && "--place guest") ||
    (machine !== undefined && `--machine ${machine}`) ||
    (kernel !== undefined && `--kernel ${kernel.join()}`) ||
    (iommu !== undefined && `--iommu ${iommu}`) ||
    (clock === "instructions" && place !== "host" && "--clock instructions");
  const several = workers?.find((count) => count > 1);
  const facts: [Fact, string | false][] = [
    ["guest", chooser],
    [ports?.some(isPciAddress) ? "functions" : "interfaces", ports !== undefined && "--ports"],
    ["card", pf !== undefined && "--pf"],
    ["second card", (pf?.length ?? 0) > 1 && `--pf ${pf!.join()}`],
    ["function count", vfs !== undefined && "--vfs"],
    ["verbs devices", rdmaDevice !== undefined && "--rdma-device"],
    ["tester", tester !== undefined && `--tester ${tester.join()}`],
    ["no tester", tester?.join() === "none" && "--tester none"],
    ["tester interfaces", tester !== undefined && !tester.some(isPciAddress) && "--tester"],
    ["tester namespace", testerNamespace !== undefined && "--tester-namespace"],
    ["next hop", nextHop !== undefined && "--next-hop"],
    ["force", force === true && "--force"],
    ["several workers", several !== undefined && `--workers ${several}`],
  ];
  return facts.filter((fact): fact is [Fact, string] => fact[1] !== false);
}

/**
 * What flags may build on: devices that sections name, those of a place apart from the flags' own.
 */
function factsOfConfig(
  config: readonly Section[],
  { pf, rdmaDevice }: Overrides,
): [Fact, string][] {
  const facts: [Fact, string][] = [];
  const interfaces = config.map(({ place }) => place).find((place) => place.kind === "interfaces");
  if (interfaces && !pf && !rdmaDevice) {
    facts.push(["interfaces", "ports of the config"]);
    if (interfaces.tester === "none") facts.push(["no tester", "`tester: none` of the config"]);
    else facts.push(["tester interfaces", "tester of the config"]);
  }
  return facts;
}
