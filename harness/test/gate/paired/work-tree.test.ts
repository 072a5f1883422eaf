import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  findRevision,
  openWorkTree,
  removeOrphanWorkTrees,
} from "../../../src/gate/paired/work-tree.ts";
import { laneFiles, ownRevision } from "../../../src/trial/revision.ts";

const options = { signal: new AbortController().signal, onProgress: () => {} };

function git(args: string[], env: Record<string, string> = {}, input = ""): string {
  const result = spawnSync("git", args, {
    ...{ cwd: ownRevision.root, encoding: "utf8", input },
    env: { ...process.env, ...env },
  });
  if (result.status !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr}`);
  return result.stdout.trim();
}

const listed = () => git(["worktree", "list", "--porcelain"]);

describe("the work tree of another revision", () => {
  it("has its own modules, our packages of others, and is gone when disposed of", async () => {
    let root: string;
    {
      using tree = await openWorkTree(findRevision("HEAD"), options);
      root = tree.root;
      expect(tree.label).toMatch(/^HEAD \([0-9a-f]{10}\)$/);
      const contract = realpathSync(join(root, "node_modules/@iopath/contract"));
      expect(contract).toBe(join(realpathSync(root), "packages/contract"));
      const koffi = realpathSync(join(root, "node_modules/koffi"));
      expect(koffi).toBe(realpathSync(join(ownRevision.root, "node_modules/koffi")));
    }
    expect(existsSync(root)).toBe(false);
    expect(listed()).not.toContain(root);
    expect(existsSync(join(ownRevision.root, "node_modules/koffi/package.json"))).toBe(true);
  });

  it("of a gate that was killed is removed at the next start", async () => {
    const program = `
      const { findRevision, openWorkTree } = await import("${ownRevision.root}/harness/src/gate/paired/work-tree.ts");
      const tree = await openWorkTree(findRevision("HEAD"), { signal: new AbortController().signal, onProgress() {} });
      process.stdout.write(tree.root);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [root] = (await new Promise<[string]>((done) =>
      child.stdout.once("data", (text) => done([String(text)])),
    )) as [string];
    expect(existsSync(root)).toBe(true);
    const ended = new Promise((done) => child.once("close", done));
    child.kill("SIGKILL");
    await ended;
    expect(existsSync(root)).toBe(true);
    expect(removeOrphanWorkTrees()).toContain(root);
    expect(existsSync(root)).toBe(false);
    expect(listed()).not.toContain(root);
  });

  it("is a folder of it where iopath is one of a larger repository", () => {
    const outer = mkdtempSync(join(tmpdir(), "iopath-outer-"));
    try {
      const root = join(outer, "tools/iopath");
      writeFileSync(join(outer, ".gitignore"), "node_modules\n");
      commitAll(outer);
      copyOwnFiles(root);
      const seen = openElsewhere(root);
      expect(seen.problem).toContain("the repository around iopath's files does not have them");
      commitAll(outer);
      expect(openElsewhere(root)).toMatchObject({
        ...{ problem: "", hasProgram: true, hasPackages: true, left: false },
        root: expect.stringMatching(/worktree\d+\/tools\/iopath\/?$/),
      });
    } finally {
      rmSync(outer, { recursive: true });
    }
  });

  it("of an unknown revision is refused", () => {
    expect(() => findRevision("no-such-branch")).toThrow(
      "no revision named no-such-branch in this repository",
    );
  });

  it("can't be had of a revision from before lanes, which says from when on", () => {
    const commit = commitWithout([...laneFiles]);
    const older = { remedy: expect.stringContaining(laneFiles[0]) };
    expect(() => findRevision(commit)).toThrow(expect.objectContaining(older));
    expect(() => findRevision(commit)).toThrow("is older than paired gates");
  });

  it("can't be had of a revision that does not install, which says why, and leaves nothing", async () => {
    // Another lockfile asks for npm, which has no use for such a manifest.
    const commit = commitWith({ "package-lock.json": "{}", "package.json": '{ "name": ' });
    await expect(openWorkTree(findRevision(commit), options)).rejects.toMatchObject({
      exitStatus: 2,
      message: expect.stringContaining("does not install: npm ci"),
      remedy: expect.stringContaining("npm"),
    });
    expect(listed()).not.toContain(`iopath-${process.pid}-`);
  });
});

/** The files of iopath that this test is of, with its packages, in another place. */
function copyOwnFiles(root: string): void {
  const parts = ["harness", "packages", "package*.json"];
  for (const file of git(["ls-files", "-c", "-o", "--exclude-standard", ...parts]).split("\n")) {
    cpSync(join(ownRevision.root, file), join(root, file), { recursive: true });
  }
  symlinkSync(join(ownRevision.root, "node_modules"), join(root, "node_modules"));
}

function commitAll(folder: string): void {
  const as = ["-c", "user.name=iopath", "-c", "user.email=iopath@example.org"];
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    [...as, "commit", "-q", "--allow-empty", "-m", "all"],
  ]) {
    const { status, stderr } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  }
}

/** What a copy of iopath makes of the work tree of HEAD. */
function openElsewhere(root: string) {
  const program = `
    const { existsSync } = await import("node:fs");
    const { findRevision, openWorkTree } = await import("${root}/harness/src/gate/paired/work-tree.ts");
    const options = { signal: new AbortController().signal, onProgress() {} };
    const open = async () => await openWorkTree(findRevision("HEAD"), options);
    const tree = await open().catch(({ message }) => message);
    if (typeof tree === "string") console.log(JSON.stringify({ problem: tree }));
    else {
      const at = (file) => existsSync(tree.root + "/" + file);
      const seen = { hasProgram: at("${laneFiles[0]}"), hasPackages: at("node_modules/koffi") };
      tree[Symbol.dispose]();
      console.log(JSON.stringify({ problem: "", root: tree.root, ...seen, left: at("") }));
    }`;
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as { problem: string; root?: string };
}

/**
 * A commit that no branch leads to, made of HEAD by a change of the index; git forgets it in time.
 */
function commitOf(change: (env: Record<string, string>) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "iopath-index-"));
  const who = { NAME: "iopath", EMAIL: "iopath@example.org" };
  const env = {
    GIT_INDEX_FILE: join(folder, "index"),
    ...{ GIT_AUTHOR_NAME: who.NAME, GIT_AUTHOR_EMAIL: who.EMAIL },
    ...{ GIT_COMMITTER_NAME: who.NAME, GIT_COMMITTER_EMAIL: who.EMAIL },
  };
  try {
    git(["read-tree", "HEAD"], env);
    change(env);
    return git(["commit-tree", git(["write-tree"], env), "-p", "HEAD", "-m", "a test"], env);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function commitWithout(files: string[]): string {
  return commitOf((env) => git(["update-index", "--force-remove", ...files], env));
}

function commitWith(files: Record<string, string>): string {
  return commitOf((env) => {
    for (const [file, text] of Object.entries(files)) {
      const blob = git(["hash-object", "-w", "--stdin"], {}, text);
      git(["update-index", "--cacheinfo", `100644,${blob},${file}`], env);
    }
  });
}
