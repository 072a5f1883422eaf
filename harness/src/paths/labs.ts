/** Which lab a variant is measured in, and which place has its ports. */
import { nameOfPlace, type Place, vethLabName } from "@iopath/lab";
import { findLab, findPath, findVariant, paths, testerOnly } from "./all.ts";

/** Of the tester alone that of network interfaces: its testers are there. */
export function labOf(path: string, variant: string): string {
  if (path === testerOnly) return vethLabName;
  return findVariant(findPath(path), variant).lab ?? vethLabName;
}

/** All variants that are measured in a lab, by path. */
export function variantsOf(lab: string): Record<string, string[]> {
  const found = paths.map(({ name, variants }) => {
    const own = variants.filter((variant) => labOf(name, variant.name) === lab);
    return [name, own.map((variant) => variant.name)] as const;
  });
  return Object.fromEntries(found.filter(([, variants]) => variants.length > 0));
}

/** The lab whose ports a place of this host has. */
export function labOfPlace({ kind }: Exclude<Place, { kind: "guest" }>): string {
  return kind === "card" || kind === "verbs" ? kind : vethLabName;
}

/** Why a variant can't run at a place of this host; undefined when its ports are of that kind. */
export function lackOf(
  place: Exclude<Place, { kind: "guest" }>,
  { path, variant }: { readonly path: string; readonly variant: string },
): { missing: string; remedy: string } | undefined {
  const wanted = labOf(path, variant);
  if (wanted === labOfPlace(place)) return undefined;
  const found = findLab(wanted)?.lab;
  const ports = found?.ports ?? "network interfaces";
  const where = place.kind === "lab" ? "the host's lab" : nameOfPlace(place);
  return {
    missing: `${path}/${variant} forwards between ${ports}, and ${where} has none`,
    remedy: found
      ? [
          `the guest has them: \`--place guest --machine ${found.machine}\``,
          found.devices ? `; ${found.devices.flag} names those of this host` : "",
        ].join("")
      : "`--ports IF0,IF1` names interfaces of this host",
  };
}
