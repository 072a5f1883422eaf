export { sixthPath } from "./path.ts";
