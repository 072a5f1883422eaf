/** Which matrix a gate measures when nothing else is said. */
import { resolve } from "node:path";

export const defaultConfig = resolve(import.meta.dirname, "../../../../bench.gate.config.ts");
