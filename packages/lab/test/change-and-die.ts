/**
 * Changes an interface as a forwarder does, and is then ended as by `kill -9`: NAMESPACE DEVICE.
 */
import { inNamespace } from "@iopath/native";
import { changeSetting, turnFeatureOn } from "../src/index.ts";

const [, , namespace, device] = process.argv as [string, string, string, string];
inNamespace(namespace, () => {
  changeSetting(device, "gro_flush_timeout", 1000);
  turnFeatureOn(device, "rx-gro");
});
process.kill(process.pid, "SIGKILL");
