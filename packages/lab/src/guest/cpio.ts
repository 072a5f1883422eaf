/** A cpio archive in the "newc" format, as the kernel unpacks an initramfs: cpio(5). */

export interface ArchiveFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

const regularFile = 0o100000;
const folder = 0o040000;
const trailer = "TRAILER!!!";

/** @param files their folders are made before them, each once */
export function cpioArchive(files: readonly ArchiveFile[]): Buffer {
  const parts: Buffer[] = [];
  const folders = new Set<string>();
  let inode = 0;
  const add = (path: string, mode: number, content: Uint8Array) =>
    parts.push(entry(path, mode, content, ++inode));
  for (const file of files) {
    for (const path of foldersOf(file.path)) {
      if (folders.has(path)) continue;
      folders.add(path);
      add(path, folder | 0o755, new Uint8Array());
    }
    add(file.path, regularFile | (file.executable ? 0o755 : 0o644), file.content);
  }
  add(trailer, 0, new Uint8Array());
  return Buffer.concat(parts);
}

/** "a/b/c" lies in "a" and "a/b". */
function foldersOf(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
}

/** A header of 13 fields of 8 hexadecimal digits, the name, the content; both padded to 4 bytes. */
function entry(path: string, mode: number, content: Uint8Array, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  const owner = [0, 0];
  const modified = 0; // the same files give the same archive
  const devices = [0, 0, 0, 0];
  const fields = [inode, mode, ...owner, links, modified, content.length, ...devices, name.length];
  const header = `070701${[...fields, 0].map((n) => n.toString(16).padStart(8, "0")).join("")}`;
  const head = Buffer.concat([Buffer.from(header), name]);
  return Buffer.concat([head, padding(head.length), content, padding(content.length)]);
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
