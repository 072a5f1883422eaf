import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VethLab } from "@iopath/lab";
import { allowedCpus, inNamespace, receiveQueues } from "@iopath/native";
import { afterAll, describe, expect, it } from "vitest";
import type { MeasuredResult } from "../harness/src/trial/request.ts";
import { runTrial } from "../harness/src/trial/spawn-trial.ts";
import { iopath } from "./command.ts";
import { readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-workers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;

/** Two CPUs, or the same one twice where there is no more. */
const cpus = [allowedCpus().at(-2) ?? allowedCpus().at(-1)!, allowedCpus().at(-1)!];

describe("two workers", () => {
  it("are measured on each way to share a port, and named in row and table", async () => {
    const out = join(folder, "run");
    const ended = await iopath(
      ...["run", "--place", "host", "--out", out, "--path", "tester-only,kernel-sockets,xdp"],
      ...["--variant", "direct,packet-mmsg,packet-ring,udp-mmsg,udp-gso,native,af-xdp"],
      ...["--frame-bytes", "64", "--window", "16", "--workers", "1,2"],
      ...["--samples", "50", "--rounds", "1"],
    );
    expect(ended.complaint).not.toContain("failed");
    expect(ended.status).toBe(0);
    const two = readRows(out).filter(({ workers }) => workers === 2);
    expect(two.length).toBe(7);
    for (const row of two) {
      expect(row.cell).toMatch(/\/workers2$/);
      expect(row.status).toBe(row.variant === "udp-gso" ? "skipped" : "measured");
    }
    expect(two.find(({ variant }) => variant === "udp-gso")!.reason).toContain("one queue");
    expect(ended.out).toMatch(/xdp +native .* of 2/);
  });

  it.each([
    ["kernel-sockets", "packet-mmsg"],
    ["kernel-sockets", "io-uring"],
    ["kernel-sockets", "udp-mmsg"],
    ["xdp", "af-xdp"],
    ["xdp", "native"],
    ["userspace-pmd", "net-null"],
    ["userspace-pmd", "ring"],
  ])("of %s/%s lose nothing, and both are at work", async (path, variant) => {
    using lab = new VethLab(cpus);
    const { testbed } = lab;
    const order = { testbed, cpus, workers: 2, role: "verify" as const, path, variant, burst: 64 };
    const result = await runTrial({ ...order, frames: 2000, seed: 7 }, 300_000, never);
    expect(result).toMatchObject({ status: "verified", judgement: { lost: 0, reordered: 0 } });
    expect(result).not.toHaveProperty("counterProblem");
  });
});

describe("two workers of DPDK", () => {
  const order = {
    ...{ role: "closed-loop" as const, path: "userspace-pmd", burst: 64, workers: 2 },
    ...{ frameBytes: 64, window: 64, warmUpWindows: 100, samples: 500 },
  };

  it.each(["net-null", "ring"])("are threads that get every frame back: %s", async (variant) => {
    using lab = new VethLab(cpus);
    const result = await runTrial(
      { ...order, variant, testbed: lab.testbed, cpus },
      300_000,
      never,
    );
    expect(result).toMatchObject({ status: "measured" });
    const { framesSent, framesReceived, samplesNs } = result as MeasuredResult;
    expect(samplesNs).toHaveLength(1000);
    expect(framesReceived).toBe(framesSent);
  });

  it("say so when a driver has fewer queues", async () => {
    using lab = new VethLab(cpus);
    const many = { variant: "ring", workers: 17, cpus: Array.from({ length: 17 }, () => cpus[0]!) };
    const result = await runTrial({ ...order, ...many, testbed: lab.testbed }, 300_000, never);
    expect(JSON.stringify(result)).toMatch(/configure net_ring_ingress.*fewer than 17 workers/);
  });
});

describe("a number of workers that can't be started", () => {
  const order = {
    ...{ role: "closed-loop" as const, path: "xdp", variant: "native", burst: 8, workers: 3 },
    ...{ frameBytes: 64, window: 8, warmUpWindows: 0, samples: 5 },
  };

  it("is skipped where CPUs are too few", async () => {
    using lab = new VethLab(cpus);
    const result = await runTrial({ ...order, testbed: lab.testbed, cpus }, 300_000, never);
    expect(result).toMatchObject({ status: "skipped" });
    expect(JSON.stringify(result)).toContain("3 workers need a CPU each");
  });

  it("is skipped where the port has too few queues, with what to do", async () => {
    using lab = new VethLab(cpus);
    const many = { ...order, testbed: lab.testbed, cpus: [0, 0, 0] };
    const result = await runTrial(many, 300_000, never);
    expect(JSON.stringify(result)).toContain("port0 has 2 receive queues for 3 workers");
    expect(JSON.stringify(result)).toContain("ethtool -L port0 combined 3");
  });

  it("is a wrong flag above 64", async () => {
    const ended = await iopath("list", "--place", "host", "--workers", "65");
    expect(ended.status).toBe(3);
  });
});

describe("a lab", () => {
  it("has as many queues as CPUs it is given, up to 64", () => {
    using lab = new VethLab(Array.from({ length: 64 }, () => cpus[0]!));
    const { forwarderNamespace, ports } = lab.testbed;
    expect(inNamespace(forwarderNamespace, () => receiveQueues(ports[0].device))).toBe(64);
  });
});
