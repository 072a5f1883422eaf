/** Whatever fails, a namespace is deleted, or the error says that it was not. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FakePrograms } from "./fake-programs.ts";
import { runCode } from "./run-code.ts";

/** An ip(8) that refuses to delete the first `REFUSALS` times. */
const programs = new FakePrograms({
  ip: `
if [ "$1 $2" = "netns delete" ] && [ "$(cat "$COUNT" 2>/dev/null | wc -l)" -lt "$REFUSALS" ]; then
  echo >>"$COUNT"
  echo "Cannot remove namespace file: Device or resource busy" >&2
  exit 1
fi
PATH=\${PATH#*:} exec ip "$@"`,
});
afterAll(() => programs[Symbol.dispose]());

let runs = 0;

/** Runs code with the namespace as \`it\`; the lines that it wrote on both streams. */
function withRefusals(refusals: number, code: string): string[] {
  const program = `
    import { existsSync } from "node:fs";
    process.stderr.write = process.stdout.write.bind(process.stdout);
    process.on("exit", () => console.log("exit"));
    const it = new lab.Namespace("kept");
    process.on("exit", () => console.log(existsSync("/run/netns/" + it.name) ? "left" : "gone"));
    const dispose = () => {
      try { it[Symbol.dispose](); } catch (error) { console.log(error.message); }
    };
    ${code}`;
  const count = join(programs.folder, `count${runs++}`);
  const env = { ...programs.environment, COUNT: count, REFUSALS: String(refusals) };
  return runCode(program, [], env).split("\n");
}

describe("Namespace", () => {
  it("reports a delete that fails, and tries again at the exit", () => {
    const [told, ...after] = withRefusals(1, "dispose()");
    expect(told).toMatch(/^`ip netns delete \S+` failed: .*Device or resource busy$/);
    expect(after).toEqual(["exit", "gone"]);
  });

  it("can be disposed of again after a delete that failed", () => {
    const [told, ...after] = withRefusals(
      1,
      'dispose(); dispose(); console.log(existsSync("/run/netns/" + it.name))',
    );
    expect(told).toContain("Device or resource busy");
    expect(after).toEqual(["false", "exit", "gone"]);
  });

  it("reports in words when the delete at the exit fails too", () => {
    const tidyUp = 'process.on("exit", () => lab.run("ip", ["-n", it.name, "link"]))';
    const [exit, told, left] = withRefusals(1, tidyUp);
    expect([exit, left]).toEqual(["exit", "left"]);
    expect(told).toMatch(/^iopath: while tidying up: `ip netns delete \S+` failed: .* busy$/);
    runCode("lab.deleteOrphanNamespaces()");
  });

  it("is deleted where folders can't be listed", () => {
    const said = withRefusals(
      0,
      `const fs = process.getBuiltinModule("node:fs");
      fs.readdirSync = () => { throw Object.assign(new Error("EMFILE"), { code: "EMFILE" }); };
      process.getBuiltinModule("node:module").syncBuiltinESMExports();
      dispose();
      try { lab.namespaceNames(); } catch (error) { console.log(error.message); }`,
    );
    expect(said).toEqual(["EMFILE", "exit", "gone"]);
  });

  it("deleted by another program is no error", () => {
    expect(withRefusals(0, 'lab.ip("netns", "delete", it.name); dispose()')).toEqual([
      "exit",
      "gone",
    ]);
  });
});
