/** JSON that others wrote: it may be cut off, or something else. */

/** The value of a text; undefined where it is no whole JSON text. What it is, is left to check. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it throws for nothing else
  }
}
