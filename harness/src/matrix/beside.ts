/** Cells whose figures may be subtracted from one another. */
import { testerOnly } from "../paths/all.ts";
import { axisList } from "./axis-list.ts";
import type { Cell } from "./cell.ts";

const ofAll = axisList.filter(({ forwarderOnly }) => !forwarderOnly);
const ofForwarders = axisList.filter(({ forwarderOnly }) => forwarderOnly);

/** Another one of the same section whose windows are alike. */
export function isBeside(a: Cell, b: Cell): boolean {
  const isForwarding = a.path !== testerOnly && b.path !== testerOnly;
  const alike = isForwarding ? [...ofAll, ...ofForwarders] : ofAll;
  return a.id !== b.id && a.section === b.section && alike.every(({ name }) => a[name] === b[name]);
}
