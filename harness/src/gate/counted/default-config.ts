/** Which matrix a gate measures by default. */
import { resolve } from "node:path";

export const defaultConfig = resolve(import.meta.dirname, "../../../../bench.gate.config.ts");
