/** The attribute page of bpf(2), with what several of its commands have in common. */
import { type Memory, mapAnonymous } from "../memory.ts";

const nameBytesMax = 15;

/** Room for a 64-byte value on each of 1,024 CPUs. */
const attributePageBytes = 1 << 17;

/** One attribute page for all calls; they are synchronous, so one is enough. */
let attributePage: Memory | undefined;
export function attributes(): Memory {
  attributePage ??= mapAnonymous(attributePageBytes);
  attributePage.u8.fill(0, 0, 256);
  return attributePage;
}

/** Keys and values pass through this page, behind the attributes of the same call. */
export const keyAt = 512;
export const valueAt = 1024;

/** Object names are letters, digits and underscores, 15 at most. */
export function setName(page: Memory, at: number, name: string): void {
  const clean = name.replaceAll(/[^A-Za-z0-9_]/g, "_").slice(0, nameBytesMax);
  page.u8.set(new TextEncoder().encode(clean), at);
}
