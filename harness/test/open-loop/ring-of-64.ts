/**
 * A path whose bound is known, since it was made: AF_XDP with an RX ring of 64 frames, which is
 * looked at 2,500 times a second. The forwarder has time to spare, and the ring none.
 */
import { type Path, probeByOpening } from "@iopath/contract";
import { afXdpDefaults, openAfXdp } from "@iopath/xdp";

const pauseMs = 0.4;

export const path: Path = {
  name: "ring-of-64",
  variants: [
    {
      ...{ name: "af-xdp", kind: "polled", carrier: "ethernet", summary: "a ring of 64 frames" },
      ...{ severalQueues: false, takesOneQueue: true, deviations: [] },
    },
  ],

  probe(variant, ports, workload) {
    return probeByOpening(this, variant, ports, workload, "run as root");
  },

  open(_variant, ports) {
    const opened = openAfXdp(ports, { ...afXdpDefaults, receiveFrames: 64 });
    const { ingress } = opened;
    let nextAt = 0;
    const receive = ingress.receive.bind(ingress);
    ingress.receive = (batch) => {
      batch.count = 0;
      const now = performance.now();
      if (now < nextAt) return 0;
      nextAt = now + pauseMs;
      return receive(batch);
    };
    return opened;
  },
};
