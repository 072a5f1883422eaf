/**
 * A guest of nothing but memory, which QEMU can move: the lab's has this machine's files by 9p, and
 * a file system that is shared so holds a guest where it is.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { type ArchiveFile, cpioArchive } from "../../../src/guest/cpio.ts";
import { modulesInOrder } from "../../../src/guest/kernels/modules.ts";
import { findGuestPackages, guestKernel } from "../../../src/guest/packages.ts";
import { moduleEnvironment } from "../../../src/guest/qemu.ts";
import { throughLoader } from "../../../src/guest/toolchain.ts";
import { Monitor } from "./qmp.ts";
import { memoryMiB, type Subject } from "./subjects.ts";

/** Writes the initramfs; returns its file. */
export function buildInitramfs(subject: Subject, folder: string): string {
  const kernel = guestKernel().folder;
  const modules = modulesInOrder(join(kernel, "modules"), subject.modules).files;
  const content = (path: string, text: string): ArchiveFile => {
    return { path, content: Buffer.from(text), executable: true };
  };
  const archive = cpioArchive([
    content("init", readFileSync(join(import.meta.dirname, "init.sh"), "utf8")),
    content("setup", `${subject.setup.join("\n")}\n`),
    content("modules/order", modules.map((path) => `${basename(path)}\n`).join("")),
    { path: "bin/busybox", content: readFileSync(join(kernel, "busybox")), executable: true },
    ...modules.map((path) => {
      return { path: `modules/${basename(path)}`, content: readFileSync(path), executable: false };
    }),
    ...(subject.files?.(folder) ?? []),
  ]);
  const initramfs = join(folder, "initramfs.gz");
  writeFileSync(initramfs, gzipSync(archive, { level: 1 }));
  return initramfs;
}

interface SmallGuestOptions {
  readonly subject: Subject;
  readonly initramfs: string;
  readonly folder: string;
  readonly name: string;
  /** UDP ports: the network device's, and that of whom it talks to. */
  readonly port: number;
  readonly peerPort: number;
  /** Where its state comes from, as QEMU writes it; it boots without. */
  readonly incoming?: string;
}

export class SmallGuest implements Disposable {
  readonly monitor: Monitor;
  /** Lines of its console and of QEMU, with when they came. */
  readonly said: { readonly atMs: number; readonly line: string }[];
  readonly #qemu: ChildProcess;

  private constructor(monitor: Monitor, said: SmallGuest["said"], qemu: ChildProcess) {
    this.monitor = monitor;
    this.said = said;
    this.#qemu = qemu;
  }

  static async start(options: SmallGuestOptions): Promise<SmallGuest> {
    const [program, ...args] = commandLine(options) as [string, ...string[]];
    const { machine } = options.subject;
    const env = { ...moduleEnvironment(findGuestPackages(machine)), ...machine.environment?.() };
    const server = createServer().listen(monitorOf(options));
    const qemu = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
    const said: SmallGuest["said"] = [];
    for (const stream of [qemu.stdout, qemu.stderr]) {
      createInterface({ input: stream }).on("line", (line) =>
        said.push({ atMs: performance.now(), line: line.trim() }),
      );
    }
    const ended = once(qemu, "exit").then(() => {
      throw new Error(`QEMU ended: ${said.map(({ line }) => line).join("\n")}`);
    });
    const [socket] = (await Promise.race([once(server, "connection"), ended])) as [Socket];
    server.close();
    ended.catch(() => {});
    return new SmallGuest(await Monitor.open(socket), said, qemu);
  }

  get alive(): boolean {
    return this.#qemu.exitCode === null && this.#qemu.signalCode === null;
  }

  [Symbol.dispose](): void {
    this.#qemu.kill("SIGKILL");
  }
}

function monitorOf({ folder, name }: SmallGuestOptions): string {
  return join(folder, `${name}.qmp`);
}

function commandLine(options: SmallGuestOptions): string[] {
  const { subject, initramfs, port, peerPort, incoming } = options;
  const { qemu, kernel } = findGuestPackages(subject.machine);
  const preload = subject.machine.preload?.();
  const end = (which: string, number: number) =>
    `${which}.type=inet,${which}.host=127.0.0.1,${which}.port=${number}`;
  return [
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...throughLoader(qemu, "usr/bin/qemu-system-x86_64", preload),
    ...["-L", join(qemu, "usr/share/qemu"), "-L", join(qemu, "usr/share/seabios")],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...subject.platform,
    ...["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", String(memoryMiB)],
    ...["-kernel", kernel, "-initrd", initramfs],
    ...["-append", "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check"],
    ...["-serial", "stdio"],
    ...["-chardev", `socket,id=monitor,path=${monitorOf(options)},server=off`],
    ...["-mon", "chardev=monitor,mode=control"],
    ...["-netdev", `dgram,id=wire0,${end("local", port)},${end("remote", peerPort)}`],
    ...subject.devices,
    ...(incoming === undefined ? [] : ["-incoming", incoming]),
  ];
}
