import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { Device } from "../src/device.ts";
import { waitForPeer } from "../src/devices.ts";
import { startEal } from "../src/eal.ts";
import { userspacePmd } from "../src/index.ts";
import { loadLibraries } from "../src/libraries.ts";
import { Pool } from "../src/pool.ts";
import { ports } from "./subject.ts";

const support = userspacePmd.probe("ring", ports, ipv4Forward);
const program = join(import.meta.dirname, "open-and-wait.ts");

/** Runs the program that opens a variant; what it says, and how it ended. */
function openElsewhere(variant: string, userId = "") {
  const { status, stdout } = spawnSync(process.execPath, [program, variant, "0", userId], {
    encoding: "utf8",
    timeout: 120_000,
  });
  return { status, stdout };
}

const nobody = "65534";
const libraryFolder = readdirSync("/usr/lib")
  .map((name) => join("/usr/lib", name))
  .find((folder) => existsSync(join(folder, "dpdk")))!;
const library = support.ok ? loadLibraries().layout.library : 0;

/** The same where the file is empty, as of a broken installation. */
function openWithout(file: string) {
  const args = ["--mount", process.execPath, program, "ring", "0", realpathSync(file)];
  const { status, stdout } = spawnSync("unshare", args, { encoding: "utf8", timeout: 120_000 });
  return { status, stdout };
}

it("without DPDK, or with one that is known, says so and what to do", () => {
  if (!support.ok) expect(support.remedy).toMatch(/apt-get install/);
  else expect(support).toEqual({ ok: true });
});

if (support.ok)
  describe("on a machine with DPDK", () => {
    it("a device that is not there is refused in words, and others still open", () => {
      const missing = [{ ...ports[0], device: "nosuch0" }, ports[1]] as const;
      const answer = userspacePmd.probe("af-packet", missing, ipv4Forward);
      expect(answer).toMatchObject({ ok: false, missing: expect.stringContaining("nosuch0") });
      expect(userspacePmd.probe("ring", ports, ipv4Forward)).toEqual({ ok: true });
    });

    it("a driver that does not exist is refused by name", () => {
      const eal = startEal("ordinary");
      using pool = Pool.create(eal, 511);
      expect(() => new Device(eal, { driver: "net_bogus", pool })).toThrow(/net_bogus/);
    });

    it("a pool that can't be allocated is refused, with what it needs", () => {
      const eal = startEal("ordinary");
      expect(() => Pool.create(eal, 2 ** 22 - 1)).toThrow(/make a pool of 4194303 mbufs/);
    });

    it("a memif peer that never connects fails at the deadline", () => {
      const eal = startEal("ordinary");
      using pool = Pool.create(eal, 511);
      const socket = `role=server,socket=iopath-test-${process.pid},socket-abstract=yes`;
      using device = new Device(eal, { driver: "net_memif", arguments: socket, pool });
      expect(() => waitForPeer(device, "memif", 50)).toThrow(/memif peer of .* within 50 ms/);
    });

    it("other pages in the same process are refused, since DPDK starts once", () => {
      startEal("ordinary");
      expect(userspacePmd.probe("net-null-huge", ports, ipv4Forward)).toMatchObject({
        ok: false,
        missing: expect.stringContaining("can't start again"),
      });
    });

    it.each(["port0", "0000:ff:1f.7"])("pci refuses %s, which is no PCI port here", (device) => {
      const answer = userspacePmd.probe("pci", [{ ...ports[0], device }, ports[1]], ipv4Forward);
      expect(answer).toMatchObject({ ok: false, missing: expect.stringContaining(device) });
    });

    it("net-null-huge runs in hugepages, or says how to set them aside", () => {
      const { status, stdout } = openElsewhere("net-null-huge");
      expect(status).toBe(0);
      expect(stdout).toMatch(/^(open|missing: .*)/);
    });

    it("two runs at the same time do not collide", async () => {
      const first = spawn(process.execPath, [program, "ring", "5000"], { stdio: "pipe" });
      try {
        await new Promise((resolve) => first.stdout.once("data", resolve));
        expect(openElsewhere("ring")).toEqual({ status: 0, stdout: "open\nclosed\n" });
      } finally {
        first.kill("SIGKILL");
      }
    });

    it("without root, a device of the kernel's is refused, with what to do", () => {
      const { status, stdout } = openElsewhere("tap", nobody);
      expect(status).toBe(0);
      expect(stdout).toMatch(
        /^missing: make DPDK device net_tap.*\nrun as root, or with CAP_NET_ADMIN/,
      );
    });

    it("without root, devices of memory work", () => {
      expect(openElsewhere("ring", nobody)).toEqual({ status: 0, stdout: "open\nclosed\n" });
    });

    it("without the library, it says so and what to install", () => {
      const { status, stdout } = openWithout(join(libraryFolder, `librte_eal.so.${library}`));
      expect(status).toBe(0);
      expect(stdout).toMatch(/^missing: DPDK is not installed: none of librte_eal.so.26/);
      expect(stdout).toMatch(/apt-get install -y librte-meta-all/);
    });

    it("with a plugin that does not load, it says which and what that means", () => {
      const plugins = join(libraryFolder, "dpdk", `pmds-${library}.0`);
      const { status, stdout } = openWithout(join(plugins, `librte_net_tap.so.${library}`));
      expect(status).toBe(0);
      expect(stdout).toMatch(/^missing: start DPDK in ordinary pages:.*librte_net_tap/);
      expect(stdout).toMatch(/a plugin that does not load is a broken package/);
    });
  });
