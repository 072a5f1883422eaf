/**
 * The loop of packages/userspace-pmd in TypeScript, for `dpdk.ts`: prints the frames forwarded in a second
 * of the thread's CPU time.
 *
 *     forward.ts VARIANT BURST CPU_MILLISECONDS
 */
import { buildTestFrame, openForwarder, type PolledPath, type PortSpec } from "@iopath/contract";
import { pinToCpu } from "@iopath/native";
import { userspacePmd } from "@iopath/userspace-pmd";

const [variant = "null", burstText = "64", cpuMilliseconds = "500", cpu] = process.argv.slice(2);
const burst = Number(burstText);
const windowsPerLook = 1000;

const port = (device: string, mac: string, peer: string): PortSpec => ({
  device,
  queue: 0,
  mac,
  ipv4: "10.0.1.1",
  neighbor: { mac: peer, ipv4: "10.0.1.2" },
});
const ports = [
  port("port0", "02:00:00:00:00:01", "02:00:00:00:00:02"),
  port("port1", "02:00:00:00:00:03", "02:00:00:00:00:04"),
] as const;
const fields = {
  destinationMac: ports[0].mac,
  sourceMac: ports[0].neighbor.mac,
  sourceIpv4: "198.18.0.1",
  destinationIpv4: "198.19.0.1",
  sourcePort: 1024,
  destinationPort: 2048,
};

if (cpu !== undefined) pinToCpu(Number(cpu));
using forwarder = openForwarder(userspacePmd, variant, ports, { burst });
const window = Array.from({ length: burst }, (_, i) => buildTestFrame(fields, 64, 0, i));
using tester = (forwarder.path as PolledPath).testers!.measuring(window);

function runWindows(): void {
  for (let i = 0; i < windowsPerLook; i++) {
    const want = (tester.received() + burst) | 0;
    tester.sendWindow();
    for (let polls = 0; tester.received() !== want; polls++) {
      if (polls > 1_000_000) throw new Error("frames were lost");
      forwarder.step();
    }
  }
}

/** CPU seconds of this thread; V8's helpers compile and collect elsewhere. */
function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

function measure(): number {
  const start = cpuSeconds();
  let now = start;
  let windows = 0;
  while (now - start < Number(cpuMilliseconds) / 1000) {
    runWindows();
    windows += windowsPerLook;
    now = cpuSeconds();
  }
  return (windows * burst) / (now - start);
}

measure();
console.log(`framesPerCpuSecond ${Math.round(measure())}`);
