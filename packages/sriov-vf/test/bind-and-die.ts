/** Takes a function for VFIO and is killed with it. Usage: bind-and-die.ts ADDRESS */
import { bindDriver } from "@iopath/lab";

bindDriver(process.argv[2]!, "vfio-pci");
process.kill(process.pid, "SIGKILL");
