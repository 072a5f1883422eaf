#!/usr/bin/env node
/**
 * What `npm start` and `npm test` run first, on whatever Node the machine has (20 or newer):
 * installs what is missing, then hands over to the Node that the project brings along. Plain
 * JavaScript without dependencies, since nothing is installed yet.
 *
 *     setup.mjs setup            install and stop
 *     setup.mjs run [flags]      iopath run
 *     setup.mjs test             lint, types, all tests
 *     setup.mjs exec FILE [...]  run a TypeScript file of the project
 *     setup.mjs peers FILE [...] the same, with what the peers in C are built with
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  dpdkPackages,
  peersPackages,
  rdmaPackages,
  systemPrograms,
  testPackages,
} from "./packages.mjs";

const root = resolve(import.meta.dirname ?? new URL("./", import.meta.url).pathname, "../..");
const bin = join(root, "node_modules", ".bin");
const node = join(bin, "node");
const loader = join(root, "packages/native/loader/load.mjs");
const stamp = join(root, "node_modules", ".iopath-setup");
const installLimitMs = 15 * 60_000;

/** How a package that only tests need is found. */
const isInstalled = {
  chromium: () => isOnPath("chromium"),
  "python3-prometheus-client": () => existsSync("/usr/lib/python3/dist-packages/prometheus_client"),
  "openssh-client": () => isOnPath("ssh"),
  "openssh-server": () => existsSync("/usr/sbin/sshd"),
};

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** `npm ci` when the lockfile is not the one that node_modules was made from. */
function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const installed = existsSync(stamp) && existsSync(node) && readFileSync(stamp, "utf8") === lock;
  if (installed) return;
  say("installing npm packages");
  const npm = process.env.npm_execpath;
  const [program, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const args = [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    timeout: installLimitMs,
  });
  if (status !== 0) fail("`npm ci` failed; its messages are above");
  if (!existsSync(node)) {
    fail(
      `there is no Node for ${process.platform}-${process.arch} among the packages; x64 and arm64 Linux have one`,
    );
  }
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(stamp, lock);
}

/** Debian packages through apt if we may; otherwise prints the command. Both ways we go on. */
function installPrograms() {
  const missing = systemPrograms.filter(({ program }) => !isOnPath(program));
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.package);
  const command = `apt-get install -y ${names.join(" ")}`;
  if (process.geteuid() !== 0 || !isOnPath("apt-get")) {
    for (const { program, needed } of missing) say(`missing: ${program} (${needed})`);
    say(`install it with: sudo ${command}`);
    return;
  }
  say(command);
  apt("update", "-qq");
  if (!apt("install", "-y", "-qq", "--no-install-recommends", ...names)) say(`failed: ${command}`);
}

/**
 * What one part of iopath needs, in a transaction of its own: not every distribution has all of it.
 */
function installFor(part, what, packages) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.geteuid() !== 0 || !isOnPath("apt-get")) {
    say(`missing: ${what} (${part}); install it with: sudo ${command}`);
    return;
  }
  say(command);
  apt("update", "-qq");
  if (!apt("install", "-y", "-qq", "--no-install-recommends", ...packages)) {
    say(`failed: ${command}; ${part} will be skipped`);
  }
}

/** Only for `npm test`; a test that needs what is not there says so. */
function installTestPackages() {
  const missing = testPackages.filter((entry) => !isInstalled[entry.package]());
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.package);
  const command = `apt-get install -y --no-install-recommends ${names.join(" ")}`;
  if (process.geteuid() !== 0 || !isOnPath("apt-get")) {
    for (const { package: name, needed } of missing) say(`missing for tests: ${name} (${needed})`);
    say(`install it with: sudo ${command}`);
    return;
  }
  say(command);
  if (names.includes("openssh-server")) keepServerDown();
  apt("update", "-qq");
  if (!apt("install", "-y", "-qq", "--no-install-recommends", ...names)) say(`failed: ${command}`);
}

/** A machine that had no server for SSH gets none by this: its package starts one otherwise. */
function keepServerDown() {
  if (!existsSync("/run/systemd/system")) return;
  say("masking ssh.service and ssh.socket: tests start a server of their own");
  spawnSync("systemctl", ["mask", "ssh.service", "ssh.socket"], { stdio: "ignore" });
}

function hasRdma() {
  const folders = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((name) => `/usr/lib/${name}`);
  const programs = ["gcc", "make"];
  return (
    folders.some((folder) => existsSync(join(folder, "libibverbs"))) &&
    existsSync("/usr/include/infiniband/verbs.h") &&
    programs.every(isOnPath)
  );
}

/** Debian and Ubuntu keep the drivers in /usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0. */
function hasDpdk() {
  const folders = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((name) => `/usr/lib/${name}/dpdk`);
  return folders.some(
    (folder) =>
      existsSync(folder) &&
      readdirSync(folder, { recursive: true }).some((name) => name.includes("librte_net_null.so.")),
  );
}

function canBuildPeers() {
  const headers = spawnSync("pkg-config", ["--exists", "libdpdk"]);
  return headers.status === 0 && isOnPath("dpdk-testpmd");
}

function apt(...args) {
  const options = {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: installLimitMs,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  return spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=120", ...args], options).status === 0;
}

function isOnPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => folder && existsSync(join(folder, program)));
}

function fail(message) {
  say(`iopath: ${message}`);
  process.exit(2);
}

/** Runs a program of the project on its own Node, in our place: its signals and status are ours. */
function handOver(args) {
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}:/usr/sbin:/sbin`,
    // As harness/bin/iopath has it.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules/.cache/iopath"),
  };
  const child = spawn(node, ["--import", pathToFileURL(loader).href, ...args], {
    cwd: root,
    stdio: "inherit",
    env,
  });
  for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => fail(`${node} does not start: ${error.message}`));
  child.on("exit", (status) => process.exit(status ?? 143));
}

const [mode, ...rest] = process.argv.slice(2);
installPackages();
installPrograms();
if (!hasDpdk()) installFor("the path userspace-pmd", "DPDK", dpdkPackages);
if (!hasRdma()) installFor("the path pvrdma", "libibverbs and a compiler", rdmaPackages);
if (mode === "test") installTestPackages();
if (mode === "peers" && !canBuildPeers()) {
  installFor("DPDK's loops in C", "DPDK's headers and dpdk-testpmd", peersPackages);
}
if (mode === "run") handOver([join(root, "harness/src/main.ts"), "run", ...rest]);
else if (mode === "test") handOver([join(root, "harness/setup/test.ts"), ...rest]);
else if (mode === "exec" || mode === "peers") handOver(rest);
else if (mode !== "setup") fail(`setup.mjs takes setup, run, test, exec or peers, not ${mode}`);
