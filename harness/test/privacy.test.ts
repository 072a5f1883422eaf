/** What a published run tells of its owner: nothing, and all else as the run wrote it. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os, { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JournalEvent, RunEvent } from "../src/journal/events.ts";
import { lineOf } from "../src/journal/events.ts";
import { ownerOfThisMachine, withheld, withoutPrivate } from "../src/publish/privacy.ts";
import { type PublishOptions, publishRun } from "../src/publish/publish.ts";
import { loadRun } from "../src/run/earlier-run.ts";
import { verifiedRun } from "./journal-fixture.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-privacy-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

interface Made {
  readonly run: RunEvent;
  readonly events: readonly JournalEvent[];
}

async function publish(made: Made, options: Pick<PublishOptions, "to" | "owner">): Promise<string> {
  const place = mkdtempSync(join(folder, "run-"));
  const lines = made.events.map(lineOf);
  writeFileSync(join(place, "journal.jsonl"), lines.join(""));
  const allowed = { dirty: false, unverified: true, width: 0.1 };
  return await publishRun(place, { author: "A. Author", host: "Lab Box", allowed, ...options });
}

const alice = {
  ...{ home: "/home/alice", host: "build7.corp.example", user: "alice" },
  root: "/home/alice/iopath",
};

/** A run in which a trial of XDP failed for this reason. */
function failedWith(reason: string): Made {
  const made = verifiedRun();
  const events = [...made.events];
  const at = events.findIndex((e) => e.event === "trial" && e.cell.startsWith("xdp"));
  const { cell, round } = events[at] as JournalEvent & { event: "trial" };
  events[at] = { event: "trial", cell, round, result: { status: "failed", reason } };
  return { run: made.run, events };
}

describe("a published run", () => {
  it("withholds a text that names a folder, an address or a host, as a whole", async () => {
    const secrets = [
      "can't read /home/alice/x",
      "can't read /srv/customers/acme.pcap",
      "~alice/y is gone",
      "alice@elsewhere refused",
      "build7 refused",
      "no route to build7.corp.example",
      "no neighbour 52:54:00:12:34:56",
      "no neighbour 192.168.7.9",
      "no neighbour fe80::5054:ff:fe12:3456",
    ];
    for (const secret of secrets) {
      const { events } = withoutPrivate(failedWith(secret), alice);
      const failed = events.find((e) => e.event === "trial" && e.result.status === "failed");
      expect(failed, secret).toMatchObject({ result: { reason: withheld } });
    }
    const failed = failedWith(secrets.join(", "));
    const place = await publish(failed, { to: folder, owner: alice });
    for (const name of readdirSync(place)) {
      const bytes = readFileSync(join(place, name));
      const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
      expect(text).not.toMatch(/52:54:00|192\.168|fe80|alice|build7|corp\.example|acme/);
    }
    expect(readFileSync(join(place, "results.csv"), "utf8")).toContain(withheld);
  });

  it("tells neither next hop nor namespace nor what git said", () => {
    const { run, events } = verifiedRun();
    const ports: [string, string] = ["eth1", "eth2"];
    const bare = { kind: "interfaces" as const, ports, tester: ports };
    const place = { ...bare, nextHop: "192.168.7.9", testerNamespace: "acme" };
    const config = run.config.map((section) => ({ ...section, place }));
    const environment = { ...run.environment, revisionProblem: "/home/alice is not yours" };
    const told = withoutPrivate({ run: { ...run, config, environment }, events }, alice).run;
    expect(told.config[0]!.place).toEqual(bare);
    expect(told.environment).toEqual(run.environment);
  });

  it("is the same to the byte whatever the machine and its user are called", async () => {
    const reason = "the lab has no card with SR-IOV: 4 of 4 frames did not come back on this host";
    const publishAs = async (name: string) => {
      const owner = { ...alice, host: name, user: name };
      return await publish(failedWith(reason), { to: join(folder, `as ${name}`), owner });
    };
    const usual = await publishAs("build7");
    const ours = ["host", "virtual", "native", "none", "measured", "kernel-sockets", "frames"];
    for (const name of [...ours, "packet-ring-v3", "4"]) {
      const place = await publishAs(name);
      expect(readdirSync(place)).toEqual(readdirSync(usual));
      for (const file of readdirSync(place)) {
        expect(readFileSync(join(place, file)).equals(readFileSync(join(usual, file))), file).toBe(
          true,
        );
      }
      expect(loadRun(place).rows).toEqual(loadRun(usual).rows);
    }
  });
});

describe("the owner of a machine", () => {
  /** As Node puts it, whose own code is ERR_SYSTEM_ERROR. */
  const failWith = (code: string) =>
    vi.spyOn(os, "userInfo").mockImplementation(() => {
      throw Object.assign(new Error(code), { code: "ERR_SYSTEM_ERROR", info: { code } });
    });

  it("has no name where the system has no entry of the user", () => {
    failWith("ENOENT");
    expect(ownerOfThisMachine().user).toBe("");
  });

  it("is not taken for nameless where the system can't say: the name would be published", () => {
    failWith("EMFILE");
    expect(ownerOfThisMachine).toThrow("EMFILE");
  });
});
