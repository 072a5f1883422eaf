/** Records and owners under /run by any process, any container, any crash, and on a full disk. */
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { runCode, withOwnRun } from "./run-code.ts";

const changeAndDie = resolve(import.meta.dirname, "change-and-die.ts");

/**
 * In a mount namespace of its own: makes a namespace with an interface, and a change that stays.
 */
const leaveOrphan = `
  import { execFileSync, spawnSync } from "node:child_process";
  import * as fs from "node:fs";
  const ip = (...args) => execFileSync("ip", args);
  ip("netns", "add", "there");
  ip("-n", "there", "link", "add", "card0", "type", "veth", "peer", "name", "wire0");
  const change = () => spawnSync(process.execPath, [${JSON.stringify(changeAndDie)}, "there", "card0"]);
  const undo = "/run/iopath/undo";
  const list = (folder) => fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  const tell = (value) => console.log(JSON.stringify(value));
`;

const inOwnRun = (code: string, ...options: string[]) =>
  runCode(leaveOrphan + code, withOwnRun(...options))
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

describe("undo records", () => {
  it("that can't be read are named and moved away, and the others undone", () => {
    const [told, left, aside, again] = inOwnRun(`
      change();
      const [name] = list(undo);
      const another = (count) => undo + "/" + name.replace(/undo\\d+/, "undo" + count);
      const whole = fs.readFileSync(undo + "/" + name, "utf8");
      fs.writeFileSync(another(90), "");
      fs.writeFileSync(another(91), whole.slice(0, 40));
      fs.writeFileSync(another(92), JSON.stringify({ namespace: "net:[1]", undo: { kind: "later" } }));
      fs.writeFileSync(another(93), "null");
      fs.mkdirSync(another(94));
      fs.writeFileSync(undo + "/." + name + "9", "{");
      tell(lab.undoOrphans());
      tell(list(undo));
      tell(list("/run/iopath/aside").map((name) => name.replace(/.*-/, "")));
      tell(lab.undoOrphans());
    `) as string[][];
    expect(told).toHaveLength(7);
    expect(told).toContain("gro_flush_timeout of card0 is 0 again");
    expect(told).toContain("rx-gro of card0 is off again");
    expect(told).toContainEqual(expect.stringMatching(/^removed undo record \S+90: it is empty$/));
    expect(told).toContainEqual(
      expect.stringMatching(/undo91 aside .*: it is no whole JSON text$/),
    );
    expect(told).toContainEqual(expect.stringMatching(/undo92 aside .* this version knows$/));
    expect(left).toEqual([]);
    expect(aside).toEqual(["undo91", "undo92", "undo93", "undo94"]);
    expect(again).toEqual([]);
  });

  it("on a full disk are whole, or nothing is changed and no file stays", () => {
    const [reason, left, value, later] = inOwnRun(
      `
      fs.mkdirSync(undo);
      try { fs.writeFileSync("/run/iopath/fill", Buffer.alloc(1 << 20)); } catch {}
      const { inNamespace, readDeviceSetting } = await import("@iopath/native");
      const set = () => inNamespace("there", () => lab.changeSetting("card0", "gro_flush_timeout", 7));
      try { set(); } catch (error) { tell([error.message, error.remedy, error.exitStatus]); }
      tell(list(undo));
      tell(inNamespace("there", () => readDeviceSetting("card0", "gro_flush_timeout")));
      fs.rmSync("/run/iopath/fill");
      using changed = set();
      tell(inNamespace("there", () => readDeviceSetting("card0", "gro_flush_timeout")));
      `,
      "-osize=16k",
    ) as [unknown[], ...unknown[]];
    expect(reason[0]).toMatch(
      /ENOSPC.*nothing was changed; to undo: gro_flush_timeout of card0 is 0/,
    );
    expect(reason.slice(1)).toEqual(["make room in /run, which must be writable", 6]);
    expect(left).toEqual([]);
    expect([value, later]).toEqual(["0", "7"]);
  });

  it("of one process are undone in the reverse order", () => {
    const [told, value] = inOwnRun(`
      const { inNamespace, readDeviceSetting } = await import("@iopath/native");
      change();
      const [first] = list(undo).filter((name) => fs.readFileSync(undo + "/" + name).includes("gro_f"));
      const record = fs.readFileSync(undo + "/" + first, "utf8");
      for (const count of [10, 9, 11]) {
        const other = first.replace(/undo\\d+/, "undo" + count);
        fs.writeFileSync(undo + "/" + other, record.replace('"0"', JSON.stringify(String(count))));
      }
      tell(lab.undoOrphans().filter((line) => line.startsWith("gro")));
      tell(inNamespace("there", () => readDeviceSetting("card0", "gro_flush_timeout")));
    `);
    expect(told).toEqual([11, 10, 9, 0].map((n) => `gro_flush_timeout of card0 is ${n} again`));
    expect(value).toBe("0");
  });

  it("are undone in a namespace without a name, by a process in it", () => {
    const [told] = inOwnRun(`
      change();
      const { spawn } = await import("node:child_process");
      const inside = spawn("ip", ["netns", "exec", "there", "sleep", "60"], { stdio: "ignore" });
      while (!fs.readlinkSync("/proc/" + inside.pid + "/exe").includes("sleep"));
      ip("netns", "delete", "there");
      tell(lab.undoOrphans());
      inside.kill();
    `);
    expect(told).toContain("rx-gro of card0 is off again");
  });

  it("whose interface or namespace is gone are removed silently", () => {
    const said = inOwnRun(`
      change();
      ip("-n", "there", "link", "delete", "card0");
      tell(lab.undoOrphans());
      ip("-n", "there", "link", "add", "card0", "type", "veth", "peer", "name", "wire0");
      change();
      ip("netns", "delete", "there");
      tell(lab.undoOrphans());
      tell(list(undo));
    `);
    expect(said).toEqual([[], [], []]);
  });

  it("are left to root by other users, who get an error", () => {
    const [told, count] = inOwnRun(`
      change();
      process.setegid(65534);
      process.seteuid(65534);
      tell(lab.undoOrphans());
      tell(list(undo).length);
    `) as [string[], number];
    expect(told.every((line) => /^left alone: .* (needs root|PID namespace)$/.test(line))).toBe(
      true,
    );
    expect([told.length, count]).toEqual([2, 2]);
  });
});

/** Within `inOwnRun`: a container with a PID namespace of its own that shares this one's /run. */
const inContainer = (options: readonly string[]) => `
  const { spawn } = await import("node:child_process");
  const { once } = await import("node:events");
  const contained = ["-pf", "--kill-child", ...${JSON.stringify(options)}, process.execPath,
    "--input-type=module", "--eval"];
  const withLab = "import * as lab from " + JSON.stringify(import.meta.resolve("@iopath/lab")) + ";";
  const start = async (code) => {
    const child = spawn("unshare", [...contained, withLab + code], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await once(child.stdout, "data");
    return { child, said: JSON.parse(said) };
  };
  const until = async (condition) => {
    while (!condition()) await new Promise((done) => setTimeout(done, 20));
  };
`;

describe("an owner", () => {
  const containers = [
    ["of its own", ["--mount-proc"]],
    ["without a /proc of its own", []],
  ] as const;

  it.each(containers)("in a PID namespace %s is alive here, until it is dead", (_, options) => {
    const [made, whileAlive, afterwards] = inOwnRun(`${inContainer(options)}
      const { child, said } = await start(\`new lab.VethLab();
        console.log(JSON.stringify(lab.namespaceNames().filter((name) => lab.readName(name))));
        setInterval(() => {}, 1000);\`);
      tell(said);
      tell(lab.deleteOrphanNamespaces());
      child.kill("SIGKILL");
      await until(() => lab.isOrphan(said[0]));
      tell(lab.deleteOrphanNamespaces());
    `) as string[][];
    expect(made).toHaveLength(2);
    expect(whileAlive).toEqual([]);
    expect(afterwards!.sort()).toEqual(made!.sort());
  });

  it.each(containers)("here is alive to a clean-up in a PID namespace %s", (_, options) => {
    const [removed, left] = inOwnRun(`${inContainer(options)}
      using namespace = new lab.Namespace("seen");
      const { said } = await start(
        "console.log(JSON.stringify([...lab.deleteOrphanNamespaces(), ...lab.undoOrphans()]))");
      tell(said);
      tell(lab.namespaceNames().includes(namespace.name));
    `);
    expect([removed, left]).toEqual([[], true]);
  });

  it("without a file is known by its process number in its own PID namespace", () => {
    const [file, mine, dead, elsewhere] = inOwnRun(`
      fs.mkdirSync("/run/iopath/owners");
      fs.writeFileSync("/run/iopath/owners/fill", "");
      const name = lab.ownedName("x");
      const [, pid, started, scope] = name.split("-");
      fs.rmSync("/run/iopath/owners", { recursive: true });
      tell(list("/run/iopath/owners"));
      tell(lab.isOrphan(name));
      tell(lab.isOrphan(["iopath", pid, "1", scope, "x1"].join("-")));
      tell(lab.isOrphan(["iopath", pid, "1", "0123abcd", "x1"].join("-")));
    `);
    expect(file).toEqual([]);
    expect([mine, dead, elsewhere]).toEqual([false, true, false]);
  });

  it("that ends leaves no file, and that of a killed one goes with the next start", () => {
    const [before, after] = inOwnRun(`
      runs("lab.ownedName('x')");
      tell(list("/run/iopath/owners").length);
      runs("lab.ownedName('x'); process.kill(process.pid, 'SIGKILL')");
      const killed = list("/run/iopath/owners").length;
      lab.undoOrphans();
      tell([killed, list("/run/iopath/owners").length]);
      function runs(code) {
        const program = "import * as lab from " + JSON.stringify(import.meta.resolve("@iopath/lab")) + ";" + code;
        spawnSync(process.execPath, ["--input-type=module", "--eval", program]);
      }
    `);
    expect([before, after]).toEqual([0, [1, 0]]);
  });

  it("that can't write its file still makes and removes what it owns", () => {
    const code = 'const lab1 = new lab.VethLab(); lab1[Symbol.dispose](); console.log("done")';
    const readOnly = withOwnRun("-oro");
    expect(runCode(code, readOnly)).toBe("done");
  });
});

describe("the folders that DPDK makes", () => {
  it("are removed when their process is gone and they are empty", () => {
    const [removed, left] = inOwnRun(`
      const folder = "/run/iopath/dpdk";
      process.env.RUNTIME_DIRECTORY = "/run/iopath";
      const dead = "iopath-" + process.pid + "-1-" + lab.ownedName("x").split("-")[3] + "-dpdk1";
      for (const name of ["iopath-4711", dead, lab.ownedName("dpdk"), "pktgen", "iopath-12"]) {
        fs.mkdirSync(folder + "/" + name, { recursive: true });
      }
      fs.writeFileSync(folder + "/iopath-12/config", "");
      tell(lab.removeOrphanDpdkFolders() >= 2);
      tell(list(folder).map((name) => name.replace(/^(iopath-\\d+)-.*/, "$1-…")));
    `) as [boolean, string[]];
    expect(removed).toBe(true);
    const own = expect.stringMatching(/^iopath-\d+-…$/);
    expect(left).toHaveLength(3);
    expect(left).toEqual(expect.arrayContaining(["iopath-12", own, "pktgen"]));
  });
});
