/** Tells whether Node stripped the types of this program, or had it from the compile cache. */
import { hasStrippedTypes } from "../../../native/src/compiled-start.ts";

const stripped: boolean = hasStrippedTypes();
console.log(stripped ? "stripped its types" : "found it stripped");
