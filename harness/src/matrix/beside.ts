/** Cells whose figures may be subtracted from one another. */
import { ownTesterPaths, testerOnly } from "../paths/loaders.ts";
import { axisList } from "./axis-list.ts";
import type { Cell } from "./cell.ts";

const ofAll = axisList.filter(({ forwarderOnly }) => !forwarderOnly);
const ofForwarders = axisList.filter(({ forwarderOnly }) => forwarderOnly);

/**
 * Another one of the same section whose windows are alike; the tester alone is beside those whose
 * tester it is.
 */
export function isBeside(a: Cell, b: Cell): boolean {
  const isForwarding = a.path !== testerOnly && b.path !== testerOnly;
  if (!isForwarding && [a, b].some(({ path }) => ownTesterPaths.includes(path))) return false;
  const alike = isForwarding ? [...ofAll, ...ofForwarders] : ofAll;
  return a.id !== b.id && a.section === b.section && alike.every(({ name }) => a[name] === b[name]);
}
