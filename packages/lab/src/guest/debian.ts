/**
 * Debian packages by name, fetched by apt-get(8) and unpacked by dpkg-deb(1) into a folder. Nothing
 * is installed and no root is needed: apt works on lists, an archive and an (empty) status of its
 * own, so that it takes every library that a package needs, whatever this machine has. apt checks
 * signatures and hashes; a package that is cut off or altered is refused by it.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ExitStatus, IopathError } from "@iopath/contract";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const limitMs = 600_000;
const mirrorRemedy =
  "set IOPATH_DEBIAN_MIRROR to the address of a Debian mirror that this machine reaches";

/** A package, and the suite to take it from when it is not the first one: "bookworm-backports". */
export interface PackageName {
  readonly name: string;
  readonly suite?: string;
}

/** A release of Debian's and its backports. */
export function suitesOf(release: string): string[] {
  return [release, `${release}-backports`];
}

/** apt with everything of its own in `folder`, over some of Debian's suites. */
export class Apt {
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;

  private constructor(folder: string, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /**
   * @param signal ends what it does, with the signal's reason as the error
   * @throws IopathError when there is no apt, no key of Debian's, or no mirror that answers
   */
  static async open(folder: string, suites: readonly string[], signal?: AbortSignal): Promise<Apt> {
    requireApt();
    mkdirSync(join(folder, "lists", "partial"), { recursive: true });
    mkdirSync(join(folder, "cache", "archives", "partial"), { recursive: true });
    writeFileSync(join(folder, "status"), "");
    const mirror = await debianMirror();
    const lines = suites.map((suite) => `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    writeFileSync(join(folder, "sources.list"), lines.join(""));
    const apt = new Apt(folder, signal);
    await apt.#run("apt-get", ["-qq", "update", "--error-on=any"]);
    return apt;
  }

  /** Fetches packages with all that they depend on, and unpacks them into `target`. */
  async unpack(packages: readonly PackageName[], target: string): Promise<void> {
    const names = packages.map(({ name, suite }) => (suite ? `${name}/${suite}` : name));
    const options = ["-qq", "--yes", "--no-install-recommends", "--download-only"];
    await this.#run("apt-get", [...options, "install", ...names]);
    await this.#unpackArchives(join(this.#folder, "cache", "archives"), target);
  }

  /** As `unpack`, for packages whose dependencies are of no use unpacked. */
  async unpackAlone(names: readonly string[], target: string): Promise<void> {
    const folder = join(this.#folder, "alone");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    await this.#run("apt-get", ["-qq", "download", ...names], folder);
    await this.#unpackArchives(folder, target);
  }

  /** Names of packages that begin so. */
  async names(beginning: string): Promise<string[]> {
    const text = await this.#run("apt-cache", ["pkgnames", beginning]);
    return text.split("\n").filter(Boolean);
  }

  /** What the candidates of packages depend on, by name; in angle brackets what is not there. */
  async dependencies(names: readonly string[]): Promise<Map<string, string[]>> {
    const text = await this.#run("apt-cache", ["depends", "--important", ...names]);
    const sections = text.split(/^(?=\S)/m).map((section): [string, string[]] => {
      const lines = [...section.matchAll(/^ +\|?(?:Pre)?Depends: (\S+)$/gm)];
      return [section.split("\n")[0]!, lines.map(([, dependency]) => dependency!)];
    });
    return new Map(sections);
  }

  async #unpackArchives(folder: string, target: string): Promise<void> {
    mkdirSync(target, { recursive: true });
    const archives = readdirSync(folder).filter((file) => file.endsWith(".deb"));
    for (const archive of archives) {
      await execute("dpkg-deb", ["--extract", join(folder, archive), target], this.#how());
    }
  }

  #how(): Running {
    return this.#signal ? { signal: this.#signal } : {};
  }

  async #run(program: string, args: readonly string[], cwd?: string): Promise<string> {
    const folder = this.#folder;
    const settings = {
      "Dir::Etc::SourceList": join(folder, "sources.list"),
      "Dir::Etc::SourceParts": "-",
      "Dir::Etc::Preferences": "-",
      "Dir::Etc::PreferencesParts": "-",
      "Dir::State::Lists": join(folder, "lists"),
      "Dir::State::Status": join(folder, "status"),
      "Dir::Cache": join(folder, "cache"),
      "Debug::NoLocking": "1",
      "Acquire::Languages": "none",
      "Acquire::Retries": "2",
      // The sandbox user of apt can't write into a folder of the user's own.
      "APT::Sandbox::User": "root",
      "APT::Architecture": "amd64",
    };
    const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    const how = { ...this.#how(), ...(cwd ? { cwd } : {}), remedy: mirrorRemedy };
    return await execute(program, [...options, ...args], how);
  }
}

function requireApt(): void {
  if (!existsSync("/usr/bin/apt-get")) {
    throw new IopathError(
      ExitStatus.cannotRun,
      "no apt-get on this machine to fetch a guest with",
      {
        remedy: "run on Debian or a system made from it (Ubuntu, a debian container)",
      },
    );
  }
  if (existsSync(keyring)) return;
  throw new IopathError(ExitStatus.cannotRun, `${keyring} is missing: packages can't be checked`, {
    remedy: "`apt-get install debian-archive-keyring`",
  });
}

/** The mirror that this machine's apt is set up with, unless IOPATH_DEBIAN_MIRROR names one. */
async function debianMirror(): Promise<string> {
  const named = process.env.IOPATH_DEBIAN_MIRROR;
  if (named) return named;
  const format = "$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT)";
  const text = await execute("apt-get", [
    "indextargets",
    "--format",
    format,
    "Created-By: Packages",
  ]);
  const mirror = mirrorAmong(text);
  if (mirror) return mirror;
  throw new IopathError(ExitStatus.cannotRun, "this machine's apt has no Debian mirror", {
    remedy: mirrorRemedy,
  });
}

/**
 * Picks from lines of "address origin label component"; before the first update, no origin is
 * known.
 */
export function mirrorAmong(targets: string): string | undefined {
  const rows = targets.split("\n").map((line) => line.split(" "));
  const debians = rows.filter(
    ([, origin, label, component]) =>
      component === "main" && label !== "Debian-Security" && /^(Debian$|\$)/.test(origin!),
  );
  return debians.find(([address]) => !address!.includes("security"))?.[0];
}

interface Running {
  readonly remedy?: string;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

const start = promisify(execFile);

/** Runs a program of apt's or dpkg's to its end, or ours; its own words are the error. */
async function execute(
  program: string,
  args: readonly string[],
  how: Running = {},
): Promise<string> {
  const { remedy, cwd, signal } = how;
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const options = { timeout: limitMs, maxBuffer: 1 << 28, env, cwd, signal };
  // The kernel kills it when we are killed: it would go on to write into a folder that nobody owns.
  const running = start("setpriv", ["--pdeathsig", "KILL", "--", program, ...args], options);
  const end = () => running.child.kill("SIGKILL");
  process.on("exit", end);
  try {
    return (await running).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr, message } = error as Error & { stderr?: string };
    const why = stderr?.trim().split("\n").slice(0, 5).join("; ") || message;
    const what = args
      .slice(args.lastIndexOf("-o") === -1 ? 0 : args.lastIndexOf("-o") + 2)
      .join(" ");
    throw new IopathError(ExitStatus.cannotRun, `\`${program} ${what}\` failed: ${why}`, {
      ...(remedy ? { remedy } : {}),
    });
  } finally {
    process.off("exit", end);
  }
}
