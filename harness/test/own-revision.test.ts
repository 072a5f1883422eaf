/**
 * Revision and dirtiness are those of iopath's own files, or unknown; git(1) in folders of the
 * test's.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nameRevision, readOwnRevision } from "../src/environment/own-revision.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-revision-"));
});
afterEach(() => {
  delete process.env.GIT_DIR;
  rmSync(folder, { recursive: true });
});

/** Less variables of whoever runs the tests, in a hook say. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")),
);
const as = ["-c", "user.name=a", "-c", "user.email=a@b"];
const git = (root: string, ...args: string[]) =>
  execFileSync("git", [...as, ...args], { cwd: root, env, encoding: "utf8" }).trim();

/** Files as iopath has them, as far as they matter here. */
function lay(root: string): string {
  const files = ["package.json", "harness/src/main.ts", "harness/src/environment/own-revision.ts"];
  for (const file of [...files, "packages/lab/src/index.ts", "docs/README.md"]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `// ${file}\n`);
  }
  return root;
}

/** A repository with all files of the folder committed; the commit. */
function commit(root: string): string {
  mkdirSync(root, { recursive: true });
  git(root, "init", "--quiet");
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--allow-empty", "-m", "all");
  return git(root, "rev-parse", "HEAD");
}

const clean = (revision: string) => ({ revision, revisionDirty: false, revisionProblem: "" });
const unknown = (why: RegExp) => ({
  ...{ revision: "unknown", revisionDirty: "unknown" },
  revisionProblem: expect.stringMatching(why),
});

describe("the revision of iopath's files", () => {
  it("is that of a clone, and dirty when a tracked file differs", () => {
    const root = lay(join(folder, "iopath"));
    const head = commit(root);
    expect(readOwnRevision(root)).toEqual(clean(head));
    appendFileSync(join(root, "docs/README.md"), "more");
    const dirty = readOwnRevision(root);
    expect(dirty).toMatchObject({ revision: head, revisionDirty: true });
    expect(dirty.revisionProblem).toBe("changed: docs/README.md");
    expect(nameRevision(dirty, 12)).toBe(`${head.slice(0, 12)}+dirty`);
  });

  it("is unknown without a repository", () => {
    const why = /not a git repository/;
    expect(readOwnRevision(lay(join(folder, "iopath")))).toEqual(unknown(why));
  });

  it.each(["tools/iopath", "node_modules/iopath"])(
    "is unknown in %s of another repository, which does not have them",
    (place) => {
      const outer = join(folder, "outer");
      writeIgnore(outer, "node_modules\n");
      commit(outer);
      const root = lay(join(outer, place));
      expect(readOwnRevision(root)).toEqual(unknown(/does not have package.json/));
    },
  );

  it("is that of a larger repository which has them, whatever else differs there", () => {
    const outer = join(folder, "outer");
    const root = lay(join(outer, "tools/iopath"));
    writeFileSync(join(outer, "other"), "1");
    const head = commit(outer);
    appendFileSync(join(outer, "other"), "2");
    expect(readOwnRevision(root)).toEqual(clean(head));
    appendFileSync(join(root, "package.json"), "2");
    expect(readOwnRevision(root)).toMatchObject({ revision: head, revisionDirty: true });
  });

  it("is unknown while the index can't be read, and never clean once it was cut", () => {
    const root = lay(join(folder, "iopath"));
    commit(root);
    truncateSync(join(root, ".git/index"), 100);
    expect(readOwnRevision(root).revisionDirty).not.toBe(false);
    truncateSync(join(root, ".git/index"), 20);
    expect(readOwnRevision(root)).toEqual(unknown(/index/));
  });

  it("is dirty where git was told not to look at a file", () => {
    const root = lay(join(folder, "iopath"));
    const revision = commit(root);
    git(root, "update-index", "--assume-unchanged", "package.json");
    appendFileSync(join(root, "package.json"), "2");
    expect(readOwnRevision(root)).toMatchObject({ revision, revisionDirty: true });
  });

  it("is dirty with a source file that the revision does not have, ignored or not", () => {
    const root = lay(join(folder, "iopath"));
    writeIgnore(root, "local.ts\n*.swp\n");
    const revision = commit(root);
    writeFileSync(join(root, "harness/src/main.ts.swp"), "");
    writeFileSync(join(root, "notes.txt"), "");
    expect(readOwnRevision(root)).toEqual(clean(revision));
    writeFileSync(join(root, "packages/lab/src/local.ts"), "");
    expect(readOwnRevision(root)).toMatchObject({ revision, revisionDirty: true });
  });

  it("is not that of the repository that GIT_DIR names", () => {
    const root = lay(join(folder, "iopath"));
    const head = commit(root);
    commit(join(folder, "other"));
    process.env.GIT_DIR = join(folder, "other/.git");
    expect(readOwnRevision(root)).toEqual(clean(head));
  });

  it("runs nothing that a repository's settings name", () => {
    const root = lay(join(folder, "iopath"));
    const head = commit(root);
    const trap = join(folder, "trap");
    git(root, "config", "core.fsmonitor", `touch ${trap}; false`);
    expect(readOwnRevision(root)).toEqual(clean(head));
    expect(() => rmSync(trap)).toThrow("ENOENT");
  });

  it("is unknown while there is no commit, and after the object of one is gone", () => {
    const root = lay(join(folder, "iopath"));
    git(root, "init", "--quiet");
    expect(readOwnRevision(root)).toEqual(unknown(/./));
    commit(root);
    renameSync(join(root, ".git/objects"), join(folder, "objects"));
    cpSync(join(folder, "objects/info"), join(root, ".git/objects/info"), { recursive: true });
    expect(readOwnRevision(root)).toEqual(unknown(/./));
  });

  if (process.geteuid?.() === 0)
    it("of a checkout of another owner is known, and that of a third one's is not", () => {
      const outer = join(folder, "outer");
      const root = lay(join(outer, "iopath"));
      const head = commit(outer);
      const own = (owner: number, path: string) =>
        execFileSync("chown", ["-R", `${owner}:${owner}`, path]);
      own(1001, outer);
      expect(readOwnRevision(root)).toEqual(clean(head));
      own(1002, join(outer, ".git"));
      chownSync(outer, 1002, 1002);
      expect(readOwnRevision(root)).toEqual(unknown(/ownership|not a git repository/));
    });
});

function writeIgnore(root: string, text: string): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, ".gitignore"), text);
}
