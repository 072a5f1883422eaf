/** Programs of a test's own that stand before the system's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class FakePrograms implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "iopath-programs-"));
  readonly environment: Readonly<Record<string, string>>;

  /** @param programs by their names, what each does in sh(1); `"$@"` has its arguments */
  constructor(programs: Readonly<Record<string, string>>) {
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(this.folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    this.environment = { PATH: `${this.folder}:${process.env.PATH}` };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
