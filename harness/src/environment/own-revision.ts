/**
 * The revision that iopath's own files are of. It is what git says of these files: a repository
 * around them that does not have them says nothing, and where git can't answer, the revision is
 * unknown and nothing is taken for clean.
 */
import { relative, resolve } from "node:path";
import { askGit, type GitAnswer } from "./git.ts";

/** In place of a revision, and of whether files differ from it. */
export const unknown = "unknown";

interface OwnRevision {
  readonly revision: string;
  /** Whether files of iopath differ from the revision. */
  readonly revisionDirty: boolean | typeof unknown;
  /** Why it is unknown, or what makes it dirty; empty for a clean revision. */
  readonly revisionProblem: string;
}

const ownRoot = resolve(import.meta.dirname, "../../..");
/** Files that every revision with this file has, and folders whose files are run. */
const ownFiles = ["package.json", "harness/src/main.ts", relative(ownRoot, import.meta.filename)];
const sourceFolders = ["harness/src", "harness/bin", "packages/*/src/*"];
const sourceFile = /\.([cm]?[jt]s|json|sh|[ch]|css)$/;
/** Of files named in a problem. */
const namedMax = 3;

/** @param root another copy of iopath, for tests */
export function readOwnRevision(root = ownRoot): OwnRevision {
  const git = (...args: string[]) => askGit(root, args);
  const head = git("rev-parse", "--verify", "HEAD^{commit}");
  if (!head.ok) return unknownBecause(head.why);
  const revision = head.out.trim();
  const strangers = filesNotIn(revision, git);
  if (strangers === undefined || strangers.length > 0) {
    const which = strangers?.join(", ") ?? "iopath's files";
    return unknownBecause(`the repository around these files does not have ${which}`);
  }
  const changes = changesSince(git);
  if (typeof changes === "string") return unknownBecause(changes);
  if (changes.length === 0) return { revision, revisionDirty: false, revisionProblem: "" };
  const more = changes.length > namedMax ? ` and ${changes.length - namedMax} more` : "";
  const revisionProblem = `changed: ${changes.slice(0, namedMax).join(", ")}${more}`;
  return { revision, revisionDirty: true, revisionProblem };
}

/** The branch that is checked out here; "HEAD" where none is. */
export function readOwnBranch(): string {
  if (readOwnRevision().revision === unknown) return unknown;
  const branch = askGit(ownRoot, ["rev-parse", "--abbrev-ref", "HEAD"]);
  return branch.ok ? branch.out.trim() : unknown;
}

function unknownBecause(why: string): OwnRevision {
  return { revision: unknown, revisionDirty: unknown, revisionProblem: why };
}

type Git = (...args: string[]) => GitAnswer;

/** Own files that a revision lacks; undefined where git can't say. */
function filesNotIn(revision: string, git: Git): string[] | undefined {
  const listed = git("ls-tree", "--name-only", "-z", revision, "--", ...ownFiles);
  if (!listed.ok) return undefined;
  const found = entriesOf(listed.out);
  return ownFiles.filter((file) => !found.includes(file));
}

/** Own files that are not as the revision has them; a text says why git can't tell. */
function changesSince(git: Git): string[] | string {
  const status = git(
    "status",
    "--porcelain",
    "-z",
    "--no-renames",
    "--untracked-files=no",
    "--",
    ".",
  );
  // Files that somebody told git not to look at are never in its status.
  const flagged = git("ls-files", "-v", "-z", "--", ".");
  const untracked = git("ls-files", "--others", "-z", "--", ...sourceFolders);
  for (const answer of [status, flagged, untracked]) if (!answer.ok) return answer.why;
  const [changed, hidden, added] = [status, flagged, untracked].map((answer) =>
    entriesOf(answer.ok ? answer.out : ""),
  ) as [string[], string[], string[]];
  return [
    ...changed.map((entry) => entry.slice(3)),
    ...hidden.filter((entry) => /^[a-zS] /.test(entry)).map((entry) => entry.slice(2)),
    ...added.filter((file) => sourceFile.test(file)),
  ];
}

function entriesOf(text: string): string[] {
  return text.split("\0").filter(Boolean);
}

/**
 * "1d2db6e0c1aa", "1d2db6e0c1aa+dirty", or "unknown".
 *
 * @param digits how many of the hash; all when not given
 */
export function nameRevision(
  { revision, revisionDirty }: Pick<OwnRevision, "revision" | "revisionDirty">,
  digits?: number,
): string {
  return revision.slice(0, digits) + (revisionDirty === true ? "+dirty" : "");
}
