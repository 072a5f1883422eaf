/** Tells whether Node stripped the types of this program, or the loader had it without. */
import { hasStrippedTypes } from "../../../native/src/compiled-start.ts";

const stripped: boolean = hasStrippedTypes();
console.log(stripped ? "stripped its types" : "found it stripped");
