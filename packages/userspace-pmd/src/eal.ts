/**
 * DPDK's environment abstraction layer, which a process can start once and never again:
 * `rte_eal_init` after `rte_eal_cleanup` answers EALREADY. So it runs from the first open to the
 * end of the process.
 */
import { readFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { ownedName, removeDpdkFolder } from "@iopath/lab";
import { type Libraries, loadLibraries, MemoryStream } from "./libraries.ts";

/** Where a pool's memory lies: in ordinary pages, or in hugepages that the system has set aside. */
export type PageKind = "ordinary" | "huge";

/** Virtual memory of DPDK's; pages that nobody touches are never there. */
const memoryMegabytes: Record<PageKind, number> = { ordinary: 256, huge: 64 };

export class Eal {
  readonly dpdk: Libraries;
  readonly pages: PageKind;
  /** Addresses of the PCI devices that it may take. */
  readonly allowedPci: readonly string[];
  readonly #log: Pick<MemoryStream, "text">;
  #names = 0;

  constructor(
    dpdk: Libraries,
    pages: PageKind,
    allowedPci: readonly string[],
    log: Pick<MemoryStream, "text">,
  ) {
    this.dpdk = dpdk;
    this.pages = pages;
    this.allowedPci = allowedPci;
    this.#log = log;
  }

  /** A name that nothing in this process has had yet: "net_ring3". */
  newName(driver: string): string {
    return `${driver}${this.#names++}`;
  }

  /** What DPDK wrote to its log since `mark`, for messages. */
  logSince(mark: number): string {
    return tidyLog(this.#log.text().slice(mark));
  }

  logMark(): number {
    return this.#log.text().length;
  }

  /**
   * Calls DPDK and throws when it returns a negative number, with the reason that it logged, since
   * its numbers say little.
   */
  check(tried: string, call: () => number, remedy?: string): number {
    const mark = this.logMark();
    const result = call();
    if (result >= 0) return result;
    throw this.error(tried, -result, mark, remedy);
  }

  error(tried: string, errno: number, mark: number, remedy?: string): IopathError {
    const said = this.logSince(mark);
    const text = `${tried}: ${this.dpdk.errorText(errno)}${said ? ` (${said})` : ""}`;
    return new IopathError(ExitStatus.cannotRun, text, remedy === undefined ? {} : { remedy });
  }
}

let running: Eal | undefined;
/** Why it did not start. Another try would only fail for having been tried: "Invalid arguments". */
let failure: IopathError | undefined;

/** Starts DPDK, or takes the one that runs. @throws IopathError with what DPDK said */
export function startEal(pages: PageKind, allowedPci: readonly string[] = []): Eal {
  if (running) return reuse(running, pages, allowedPci);
  if (failure) throw failure;
  const dpdk = loadLibraries();
  const log = new MemoryStream();
  dpdk.openLogStream(log.address);
  const prefix = ownedName("dpdk");
  const args = ealArguments(pages, allowedPci, prefix);
  const eal = new Eal(dpdk, pages, allowedPci, log);
  const answer = dpdk.ealInit(args.length, args);
  removeDpdkFolder(prefix);
  if (answer < 0) {
    failure = startError(eal);
    throw failure;
  }
  running = eal;
  process.on("exit", () => dpdk.ealCleanup());
  return eal;
}

/** The thread that started DPDK has the log. */
const noLog = { text: () => "" };

/**
 * DPDK as another thread of this process has started it, for this thread as well, until disposed;
 * in the thread that started it, as it is.
 *
 * @throws IopathError when there are more threads than DPDK was built for
 */
export function joinEal(pages: PageKind): Disposable & { readonly eal: Eal } {
  if (running) return { eal: running, [Symbol.dispose]: () => {} };
  const dpdk = loadLibraries();
  if (dpdk.threadRegister() < 0) {
    const reason = dpdk.errorText(dpdk.lastError());
    throw new IopathError(ExitStatus.cannotRun, `register this thread with DPDK: ${reason}`, {
      remedy: "use fewer workers; 127 threads are what DPDK's packages are built for",
    });
  }
  const eal = new Eal(dpdk, pages, [], noLog);
  return { eal, [Symbol.dispose]: () => dpdk.threadUnregister() };
}

function reuse(eal: Eal, pages: PageKind, allowedPci: readonly string[]): Eal {
  const isAllowed = (address: string) => eal.allowedPci.includes(address);
  if (eal.pages === pages && allowedPci.every(isAllowed)) return eal;
  const want = allowedPci.length > 0 ? "with PCI devices" : `in ${pages} pages`;
  throw new IopathError(
    ExitStatus.cannotRun,
    `DPDK runs in ${eal.pages} pages in this process; it can't start again ${want}`,
    { remedy: "open it in a process of its own, as every trial does" },
  );
}

function startError(eal: Eal): IopathError {
  const errno = eal.dpdk.lastError();
  const remedy =
    eal.pages === "huge"
      ? `set hugepages aside: sysctl vm.nr_hugepages=${memoryMegabytes.huge / 2}`
      : "what DPDK says above names the reason; a plugin that does not load is a broken package";
  return eal.error(`start DPDK in ${eal.pages} pages`, errno, 0, remedy);
}

/**
 * No files are shared with other processes (`--no-shconf`, `--in-memory`), so that runs at the same
 * time do not meet, and nothing is left in /run or in hugetlbfs, whatever ends this process.
 */
function ealArguments(pages: PageKind, allowedPci: readonly string[], prefix: string): string[] {
  const memory = pages === "huge" ? ["--in-memory"] : ["--no-huge", "--no-shconf"];
  // Behind an IOMMU a device may see memory where the process does.
  const hardware = [...allowedPci.flatMap((address) => ["-a", address]), "--iova-mode=va"];
  const pci = allowedPci.length > 0 ? hardware : ["--no-pci"];
  return [
    "iopath",
    // One logical core, on the CPUs that this thread may use already: DPDK shall not move it.
    `--lcores=0@(${threadCpus()})`,
    ...memory,
    ...["-m", String(memoryMegabytes[pages])],
    `--file-prefix=${prefix}`,
    ...pci,
    "--no-telemetry",
    "--log-level=5", // warnings and errors
  ];
}

function threadCpus(): string {
  const status = readFileSync("/proc/thread-self/status", "utf8");
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "0";
}

/** The last lines, without the names of functions, as one sentence. */
function tidyLog(text: string): string {
  const lines = text
    .split("\n")
    .map((line) =>
      line
        .replace(/^[A-Z_]+: /, "")
        .replace(/^\w+\(\):?\s*/, "")
        .trim(),
    )
    .filter((line) => line !== "");
  return [...new Set(lines)].slice(-4).join("; ");
}
