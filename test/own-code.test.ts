import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";

const root = resolve(import.meta.dirname, "..");
const sources = execFileSync("git", ["ls-files", "packages/*.ts", "harness/*.ts"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((name) => name.includes("/src/"));

/** Names that every function sees, whatever module it is from. */
const globals = new Set(["Math", "Atomics", "Number", "undefined", "Infinity", "NaN"]);

/** A node of ESTree, with what a search for names needs. */
interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null)?.type === "string";
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* walk(child);
}

const nameOf = (node: Node) => node.name as string;

/** The names that a pattern binds: of a parameter, or to the left of a declaration. */
function boundBy(pattern: Node): string[] {
  if (pattern.type === "Identifier") return [nameOf(pattern)];
  if (pattern.type === "AssignmentPattern") return boundBy(pattern.left as Node);
  if (pattern.type === "Property") return boundBy(pattern.value as Node);
  return childrenOf(pattern).flatMap(boundBy);
}

const isFunction = ({ type }: Node) => /^(Arrow)?Function(Declaration|Expression)?$/.test(type);

function declaredIn(make: Node): Set<string> {
  const names = [...walk(make)].flatMap((node) => {
    if (node.type === "VariableDeclarator") return boundBy(node.id as Node);
    if (!isFunction(node)) return [];
    const own = isNode(node.id) ? [nameOf(node.id)] : [];
    return [...own, ...(node.params as Node[]).flatMap(boundBy)];
  });
  return new Set(names);
}

/** The members of a node that are no references: names of properties. */
function* references(node: Node): Generator<string> {
  if (node.type === "Identifier") yield nameOf(node);
  const named = { MemberExpression: "property", Property: "key" }[node.type];
  for (const [member, value] of Object.entries(node)) {
    if (member === named && node.computed !== true) continue;
    for (const child of [value].flat().filter(isNode)) yield* references(child);
  }
}

/** What a function uses of the module around it. */
function closesOver(make: Node): string[] {
  const declared = declaredIn(make);
  const free = [...references(make)].filter((name) => !declared.has(name) && !globals.has(name));
  return [...new Set(free)];
}

/** The functions that a module gives code of its own, and what they close over. */
function ownCodeOf(text: string): { name: string; free: string[] }[] {
  const module = parseAst(stripTypeScriptTypes(text)) as unknown as Node;
  const functions = new Map(
    [...walk(module)]
      .filter(({ type }) => type === "FunctionDeclaration")
      .map((node) => [nameOf(node.id as Node), node]),
  );
  return [...walk(module)]
    .filter(({ type }) => type === "CallExpression")
    .filter(({ callee }) => isNode(callee) && callee.name === "withOwnCode")
    .flatMap((call) => alternatives((call.arguments as Node[])[0]!))
    .map((made) => {
      if (isFunction(made)) return { name: "a function", free: closesOver(made) };
      const found = functions.get(nameOf(made));
      if (!found) throw new Error(`${nameOf(made)} is no function of the same file`);
      return { name: nameOf(made), free: closesOver(found) };
    });
}

function alternatives(made: Node): Node[] {
  if (made.type !== "ConditionalExpression") return [made];
  return [made.consequent as Node, made.alternate as Node].flatMap(alternatives);
}

describe("functions with code of their own", () => {
  const users = sources
    .map((name) => [name, readFileSync(join(root, name), "utf8")] as const)
    .filter(([, text]) => /import[^;]*\bwithOwnCode\b/.test(text));

  it("exist", () => {
    expect(users.flatMap(([, text]) => ownCodeOf(text)).length).toBeGreaterThan(5);
  });

  it.each(users)("see nothing of their module in %s", (_name, text) => {
    expect(ownCodeOf(text).filter(({ free }) => free.length > 0)).toEqual([]);
  });

  it.each([
    ["a constant", "const k = 1; function make() { return () => k; } withOwnCode(make)", ["k"]],
    ["an import", "import { f } from 'x'; withOwnCode((a: number) => f(a))", ["f"]],
    [
      "a name beside a property of that name",
      "function make({ b }: { b: number }) { return a ? b.a : { a: b }; } withOwnCode(make)",
      ["a"],
    ],
    [
      "nothing",
      "function make({ a: b = 1, ...c }) { return [b, c.d, Math.max(b)]; } withOwnCode(make)",
      [],
    ],
  ])("are seen to use %s", (_what, text, free) => {
    expect(ownCodeOf(text).flatMap((found) => found.free)).toEqual(free);
  });
});
