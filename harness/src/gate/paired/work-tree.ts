/**
 * Another revision, checked out and installed in a git work tree of its own, beside the one that is
 * in use. Its folder carries its maker in its name, so that what a killed gate left is known and
 * removed.
 */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { ExitStatus, IopathError } from "@iopath/contract";
import { atExit, isOrphan, ownedName, removeIfAllowed } from "@iopath/lab";
import { askGit } from "../../environment/git.ts";
import { laneFiles, ownRevision, type Revision } from "../../trial/revision.ts";

const gitLimitMs = 120_000;
const installLimitMs = 15 * 60_000;
const hashLength = 10;

interface WorkTreeOptions {
  readonly signal: AbortSignal;
  /** Called before each long step. */
  readonly onProgress: (line: string) => void;
}

/** A revision of this repository that can start a lane. */
interface FoundRevision {
  /** As the user named it. */
  readonly name: string;
  readonly commit: string;
}

/** @throws IopathError when it can't be installed */
export async function openWorkTree(
  { name, commit }: FoundRevision,
  options: WorkTreeOptions,
): Promise<WorkTree> {
  removeOrphanWorkTrees();
  using opening = new DisposableStack();
  const tree = opening.use(new WorkTree(name, commit));
  await install(tree, options);
  opening.move();
  return tree;
}

class WorkTree implements Revision, Disposable {
  readonly label: string;
  /** Where iopath lies in it: in a larger repository it is a folder of the work tree. */
  readonly root: string;
  readonly #folder = join(tmpdir(), ownedName("worktree"));
  #made = true;
  readonly #atExit: Disposable;

  constructor(name: string, commit: string) {
    const hash = commit.slice(0, hashLength);
    this.label = commit.startsWith(name) ? hash : `${name} (${hash})`;
    this.root = join(this.#folder, git("rev-parse", "--show-prefix"));
    this.#atExit = atExit(() => this[Symbol.dispose]());
    try {
      git("worktree", "add", "--quiet", "--detach", this.#folder, commit);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (!this.#made) return;
    rmSync(this.#folder, { recursive: true, force: true });
    forgetWorkTree(this.#folder);
    this.#made = false; // not before: what could not be removed is tried again at the exit
    this.#atExit[Symbol.dispose]();
  }
}

/** Removes the work trees of gates that are gone, and returns their folders. */
export function removeOrphanWorkTrees(): string[] {
  const listed = tryGit("worktree", "list", "--porcelain") ?? "";
  const folders = [...listed.matchAll(/^worktree (.+)$/gm)].map(([, folder]) => folder!);
  return folders.filter((folder) => isOrphan(basename(folder))).filter(removeWorkTree);
}

/**
 * Removes what lies in it, links to our packages as links, and what git knows of it. False where
 * this user may not.
 */
function removeWorkTree(folder: string): boolean {
  if (!removeIfAllowed(folder)) return false;
  forgetWorkTree(folder);
  return true;
}

/** Git may have forgotten it already. */
function forgetWorkTree(folder: string): void {
  tryGit("worktree", "remove", "--force", folder);
}

/**
 * @param name a revision as git-rev-parse(1) takes it
 * @throws IopathError when there is no such revision, or when it is older than lanes
 */
export function findRevision(name: string): FoundRevision {
  const commit = tryGit("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
  if (commit === undefined) {
    git("rev-parse", "--git-dir"); // reports a missing git or repository
    requireOwnRepository();
    throw new IopathError(ExitStatus.cannotRun, `no revision named ${name} in this repository`, {
      remedy: "`git fetch` brings branches and tags; a shallow clone needs `git fetch --unshallow`",
    });
  }
  const isThere = (file: string) => tryGit("cat-file", "-e", `${commit}:./${file}`) !== undefined;
  if (!laneFiles.some(isThere)) {
    requireOwnRepository();
    throw new IopathError(
      ExitStatus.cannotRun,
      `revision ${name} is older than paired gates: it has no ${laneFiles[0]}`,
      {
        remedy: `name a later one; \`git log --diff-filter=A -- ${laneFiles.join(" ")}\` shows the first`,
      },
    );
  }
  return { name, commit };
}

/** @throws IopathError where the repository around iopath's files does not have them */
function requireOwnRepository(): void {
  if (tryGit("cat-file", "-e", `HEAD:./${laneFiles[0]}`) !== undefined) return;
  const message =
    "the repository around iopath's files does not have them, so it has no revision of them";
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "compare in a clone of iopath, or commit its files to this repository",
  });
}

/** The revision's packages: links to ours if the lockfile is the same, otherwise `npm ci`. */
async function install(tree: WorkTree, { signal, onProgress }: WorkTreeOptions): Promise<void> {
  const lockfile = ({ root }: Revision) => readFileSync(join(root, "package-lock.json"), "utf8");
  if (lockfile(tree) === lockfile(ownRevision)) {
    linkPackages(ownRevision.root, tree.root);
    return;
  }
  onProgress(`${tree.label} has another lockfile: installing its packages with \`npm ci\``);
  const child = spawn("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: tree.root,
    stdio: ["ignore", "ignore", "pipe"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(installLimitMs)]),
  });
  const ended = new Promise<string>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("close", (code, killedBy) => done(code === 0 ? "" : `status ${code ?? killedBy}`));
  });
  const [complaint, why] = await Promise.all([text(child.stderr), ended]);
  signal.throwIfAborted();
  if (why === "") return;
  const tail = complaint.trim().split("\n").slice(-6).join("\n");
  throw new IopathError(ExitStatus.cannotRun, `${tree.label} does not install: npm ci: ${why}`, {
    remedy: tail || "run `npm ci` in a checkout of it to see why",
  });
}

/**
 * Links each third-party package, and makes the workspaces' links again, so that `@iopath/...`
 * within the tree leads to the tree's files: the two revisions share no module of the project.
 */
function linkPackages(from: string, to: string): void {
  for (const workspace of ["", "harness", "test", ...packageFolders(from)]) {
    const source = join(from, workspace, "node_modules");
    if (existsSync(source)) linkEntries(source, join(to, workspace, "node_modules"));
  }
}

function packageFolders(root: string): string[] {
  return readdirSync(join(root, "packages")).map((name) => join("packages", name));
}

function linkEntries(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [old, made] = [join(source, entry.name), join(target, entry.name)];
    if (entry.name === "@iopath") linkEntries(old, made);
    else symlinkSync(entry.isSymbolicLink() ? readlinkSync(old) : old, made);
  }
}

/** git(1) on the repository that this process's files are of. */
function git(...args: string[]): string {
  const answer = askGit(ownRevision.root, args, gitLimitMs);
  if (answer.ok) return answer.out.trim();
  throw gitError(args, answer.why);
}

function gitError(args: readonly string[], why: string): IopathError {
  return new IopathError(ExitStatus.cannotRun, `\`git ${args.join(" ")}\` failed: ${why}`, {
    remedy: "comparing with another revision needs git, and this folder to be a git repository",
  });
}

/** Undefined where git says no. @throws IopathError where it could not be asked */
function tryGit(...args: string[]): string | undefined {
  const answer = askGit(ownRevision.root, args, gitLimitMs);
  if (answer.ok) return answer.out.trim();
  if (answer.isAnswer) return undefined;
  throw gitError(args, answer.why);
}
