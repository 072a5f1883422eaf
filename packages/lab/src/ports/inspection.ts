/** Asks all about the interfaces of a place, and says all of what is wrong with them at once. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { InterfacesPlace, Pair } from "../place.ts";
import { collectFacts, type PortFacts } from "./facts.ts";
import { judgePorts, type PortWants, type Refusal } from "./judgement.ts";

/** Interfaces as ports, and what they are wired to. */
export type Interfaces = Omit<InterfacesPlace, "kind">;

interface Inspection {
  /** With the kernel's names, also where an altname was given. */
  readonly interfaces: Interfaces;
  readonly ports: readonly [PortFacts, PortFacts];
  readonly wires: readonly [PortFacts, PortFacts] | undefined;
  /** What a reader of the figures has to know, and what `--force` overrode. */
  readonly notes: readonly string[];
}

/**
 * Looks at interfaces before anything is done to them.
 *
 * @throws IopathError, exit status 8, with everything that keeps them from being used, and remedies
 */
export function inspectInterfaces(interfaces: Interfaces, wants: PortWants = {}): Inspection {
  const { tester, testerNamespace, force = false } = interfaces;
  const ports = collectFacts(undefined, interfaces.ports);
  const wires = tester === "none" ? undefined : collectFacts(testerNamespace, tester);
  requireDistinct(ports, wires);
  const { refusals, notes } = judgePorts({ ports, wires }, { ...wants, force });
  refuse(refusals);
  const names = (pair: readonly [PortFacts, PortFacts]): Pair => [pair[0].name, pair[1].name];
  const named = { ports: names(ports), tester: wires ? names(wires) : ("none" as const) };
  return { interfaces: { ...interfaces, ...named }, ports, wires, notes };
}

/** An altname can hide that two are one. */
function requireDistinct(
  ports: readonly [PortFacts, PortFacts],
  wires: readonly [PortFacts, PortFacts] | undefined,
): void {
  const seen = new Set<string>();
  for (const { name, namespace } of [...ports, ...(wires ?? [])]) {
    const key = `${namespace ?? ""} ${name}`;
    if (!seen.has(key)) seen.add(key);
    else throw new IopathError(ExitStatus.usage, `${name} is named twice; each end needs its own`);
  }
}

/** @throws IopathError, exit status 8, that says all of it, if there is any */
export function refuse(refusals: readonly Refusal[]): void {
  const [only, ...others] = refusals;
  if (!only) return;
  if (others.length === 0) {
    throw new IopathError(ExitStatus.refused, only.what, { remedy: only.remedy });
  }
  const lines = refusals.map(({ what, remedy }) => `  ${what}\n    ${remedy}`);
  const forcible = refusals.filter(({ isForcible }) => isForcible).length;
  const hint =
    forcible === refusals.length ? "--force takes them all the same" : "mend all of these";
  throw new IopathError(
    ExitStatus.refused,
    `${refusals.length} things keep these interfaces from being used:\n${lines.join("\n")}`,
    { remedy: hint },
  );
}
