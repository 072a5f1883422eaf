import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ExitStatus } from "@iopath/contract";
import { DeviceFeatures, inNamespace, readDeviceSetting } from "@iopath/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addUntilDisposed,
  changeSetting,
  changeSysctl,
  Namespace,
  turnFeatureOn,
  undoOrphans,
} from "../src/index.ts";
import { FakePrograms } from "./fake-programs.ts";
import { runCode, withOwnRun } from "./run-code.ts";

const device = "card0";
let namespace: Namespace;
beforeAll(() => {
  namespace = new Namespace("undo");
  namespace.ip("link", "add", device, "type", "veth", "peer", "name", "wire0");
  namespace.ip("link", "set", device, "up");
});
afterAll(() => namespace[Symbol.dispose]());

/** All that the tests below change. */
function state() {
  return inNamespace(namespace.name, () => {
    using features = new DeviceFeatures(device);
    return [
      readDeviceSetting(device, "gro_flush_timeout"),
      features.isOn("rx-gro"),
      readFileSync(`/proc/sys/net/ipv4/conf/${device}/forwarding`, "utf8"),
      namespace.ip("route", "show"),
    ];
  });
}

const route = ["198.19.0.0/16", "dev", device];

function changeAll(): Disposable[] {
  return [
    changeSetting(device, "gro_flush_timeout", 1000),
    turnFeatureOn(device, "rx-gro"),
    changeSysctl(`ipv4/conf/${device}/forwarding`, "1"),
    addUntilDisposed("ip", ["route", "add", ...route], ["route", "delete", ...route]),
  ];
}

describe("a change to an interface that is not ours", () => {
  it("is undone when disposed, from whatever namespace the thread is in then", () => {
    const before = state();
    const changes = inNamespace(namespace.name, changeAll);
    expect(state()).not.toEqual(before);
    for (const change of changes) change[Symbol.dispose]();
    expect(state()).toEqual(before);
    expect(undoOrphans()).toEqual([]);
  });

  it("is undone at the next start when its process was killed", () => {
    const before = state();
    const program = resolve(import.meta.dirname, "change-and-die.ts");
    const ended = spawnSync(process.execPath, [program, namespace.name, device], {
      encoding: "utf8",
      timeout: 120_000,
    });
    expect(ended.signal).toBe("SIGKILL");
    expect(state()).not.toEqual(before);
    expect(undoOrphans().sort()).toEqual([
      "gro_flush_timeout of card0 is 0 again",
      "rx-gro of card0 is off again",
    ]);
    expect(state()).toEqual(before);
  });

  it("that fails leaves what was there before", () => {
    namespace.ip("route", "add", ...route);
    const before = state();
    expect(() =>
      inNamespace(namespace.name, () =>
        addUntilDisposed("ip", ["route", "add", ...route], ["route", "delete", ...route]),
      ),
    ).toThrow("File exists");
    expect(state()).toEqual(before);
    expect(undoOrphans()).toEqual([]);
    namespace.ip("route", "delete", ...route);
  });

  it("that can't be undone now is reported, and can be disposed of again", () => {
    const code = `
      import * as fs from "node:fs";
      const [path, file] = ["ipv4/conf/lo/forwarding", "/proc/sys/net/ipv4/conf/lo/forwarding"];
      const before = fs.readFileSync(file, "utf8").trim();
      const change = lab.changeSysctl(path, before === "0" ? "1" : "0");
      const taken = [];
      try { for (;;) taken.push(fs.openSync("/dev/null")); } catch {}
      let said;
      try { change[Symbol.dispose](); } catch (error) { said = error; }
      for (const fd of taken) fs.closeSync(fd);
      const records = () => fs.readdirSync("/run/iopath/undo").filter((name) => !name.startsWith("."));
      const left = records().length;
      change[Symbol.dispose]();
      const after = fs.readFileSync(file, "utf8").trim();
      console.log(JSON.stringify([said.message, said.exitStatus, left, records(), after === before]));`;
    const through = [...withOwnRun(), "unshare", "-n", "prlimit", "--nofile=100"];
    const [message, status, ...state] = JSON.parse(runCode(code, through));
    expect(message).toMatch(/^not undone: net\/ipv4\/conf\/lo\/forwarding is \d again: .*EMFILE/);
    expect(status).toBe(ExitStatus.hostDirty);
    expect(state).toEqual([1, [], true]);
  });

  it.each([
    ["said no", 'echo "RTNETLINK answers: No such process" >&2; exit 2', undefined],
    ["may not", 'echo "RTNETLINK answers: Operation not permitted" >&2; exit 2', /not permitted/],
    ["was ended", "kill -9 $$", /ended by SIGKILL/],
  ])("that a program has to undo, which %s", (_how, script, told) => {
    using programs = new FakePrograms({ ip: `[ "$1" = add ] || { ${script}; }` });
    const code = `
      const change = lab.addUntilDisposed("ip", ["add"], ["delete"]);
      try { change[Symbol.dispose](); } catch (error) { console.log(error.message); }`;
    const said = runCode(code, withOwnRun(), programs.environment);
    if (told === undefined) expect(said).toBe("");
    else expect(said).toMatch(told);
  });
});
