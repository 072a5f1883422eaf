import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { InlinedCode } from "../../src/profile/symbols/inlined.ts";
import { namingFlags } from "../../src/trial/loop/profiled-loop.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-inlined-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = `
function inner(a, i) { return a[(i + 1) & 1023] ^ 7; }
function middle(a, i) { a[i & 1023] += i; return inner(a, i) + 1; }
function outer(a) { let s = 0; for (let i = 0; i < 200; i++) s += middle(a, i); return s; }
const a = new Int32Array(1024);
%PrepareFunctionForOptimization(outer);
for (let i = 0; i < 20; i++) outer(a);
%OptimizeFunctionOnNextCall(outer);
outer(a);
`;

/** What V8 itself says of a small program. */
function logOf(text: string): string {
  const [file, log] = [join(folder, "program.js"), join(folder, "log")];
  writeFileSync(file, text);
  const flags = namingFlags.filter((flag) => flag !== "--perf-basic-prof");
  const ownFile = flags.map((flag) => (flag.startsWith("--logfile=") ? `--logfile=${log}` : flag));
  execFileSync(process.execPath, [...ownFile, "--no-maglev", "--allow-natives-syntax", file]);
  return readFileSync(log, "utf8");
}

it("V8's log says which functions are compiled into which, and where", () => {
  const log = logOf(program);
  const made = [...log.matchAll(/^code-creation,JS,\d+,\d+,(0x\w+),(\d+),outer \S+,\*/gm)].at(-1)!;
  const [start, bytes] = [Number(made[1]), Number(made[2])];
  const code = new InlinedCode(log);
  const stacks = Array.from({ length: bytes }, (_, i) =>
    code
      .functionsAt(start + i)
      .map(({ name }) => name)
      .join(";"),
  );
  expect(new Set(stacks)).toEqual(
    new Set(["", "*middle program.js:3", "*middle program.js:3;*inner program.js:2"]),
  );
  expect(code.functionsAt(start + bytes)).toEqual([]);
  expect(code.functionsAt(start - 1)).toEqual([]);
});

it("a function that was moved keeps its name, and one without a line has none", () => {
  const log = [
    "code-creation,JS,10,1,0x900,8,f /a.js:1:1,0x10,~",
    "sfi-move,0x10,0x20",
    "code-creation,JS,13,2,0x1000,16,g /a.js:2:1,0x30,*",
    "code-source-info,0x1000,9,1,2,C0O5C4O5I0C8O5I1,F0O9F1O9,S0x20S0x99",
    "code-creation,JS,13,2,0x2000,16,,0x40,*",
  ];
  const code = new InlinedCode(log.join("\n"));
  const names = [0x1000, 0x1004, 0x1008].map((at) => code.functionsAt(at).map((one) => one.name));
  expect(names).toEqual([[], ["*f a.js:1"], []]);
});
