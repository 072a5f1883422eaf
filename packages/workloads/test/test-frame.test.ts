import { internetChecksum } from "@iopath/contract";
import { describe, expect, it } from "vitest";
import { workloads } from "../src/index.ts";

const macs = { destinationMac: "02:00:00:00:00:01", sourceMac: "02:00:00:00:00:02" };
const hop = { destinationMac: "02:00:00:00:00:04", sourceMac: "02:00:00:00:00:03" };

describe.each(workloads.map((workload) => [workload.name, workload] as const))(
  "frames to measure %s with",
  (_name, { measuring, reference }) => {
    const { frameBytesMin, mark, flowFields } = measuring;
    const frame = measuring.build(macs, frameBytesMin, 3, 9);

    it("have the size asked for, less the frame check sequence", () => {
      expect(frame.length).toBe(frameBytesMin - 4);
      expect(measuring.build(macs, 1518, 0, 0).length).toBe(1514);
    });

    it("carry the mark and the flow's number within the smallest size", () => {
      const view = new DataView(frame.buffer);
      expect(view.getUint32(mark.at, true)).toBe(mark.value);
      expect(view.getUint16(flowFields.number, true)).toBe(3);
    });

    it("come out again, mark included", () => {
      const outcome = reference(frame, hop);
      if (!outcome.forwarded) throw new Error(outcome.reason);
      expect(new DataView(outcome.frame.buffer).getUint32(mark.at, true)).toBe(mark.value);
    });

    it("leave fields of flows at even places", () => {
      const { balance, ...fields } = flowFields;
      for (const at of [balance.at, ...Object.values(fields)]) expect(at % 2).toBe(0);
    });
  },
);

it("a frame of ipv4-forward has a header checksum that verifies", () => {
  const [ipv4Forward] = workloads;
  const frame = ipv4Forward!.measuring.build(macs, 64, 0, 1);
  expect(internetChecksum(frame.subarray(14, 34))).toBe(0);
});
