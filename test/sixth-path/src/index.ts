export { sixthPath as path } from "./path.ts";
