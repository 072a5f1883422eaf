/** Names of the code that V8 made, from its perf map (/tmp/perf-PID.map). */
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Frame } from "../profile.ts";

interface Code {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Of all code in WebAssembly. */
const wasmObject = "WebAssembly";
const pageBytes = 4096;
const root = resolve(import.meta.dirname, "../../../..");

export class CompiledCode {
  readonly #byPage = new Map<number, Code[]>();

  constructor(perfMap: string) {
    for (const [, at, size, name] of perfMap.matchAll(/^(?:0x)?([0-9a-f]+) ([0-9a-f]+) (.*)$/gm)) {
      const start = Number.parseInt(at!, 16);
      this.#add({ start, end: start + Number.parseInt(size!, 16), name: name! });
    }
  }

  #add(code: Code): void {
    const last = Math.floor((code.end - 1) / pageBytes);
    for (let page = Math.floor(code.start / pageBytes); page <= last; page++) {
      const codes = this.#byPage.get(page);
      if (codes) codes.push(code);
      else this.#byPage.set(page, [code]);
    }
  }

  /** Code can lie where other code was: the last line counts. */
  nameOf(address: number): Frame | undefined {
    const codes = this.#byPage.get(Math.floor(address / pageBytes));
    const code = codes?.findLast(({ start, end }) => address >= start && address < end);
    return code && frameOf(code.name);
  }
}

/**
 * "JS:*exchange file:///…/exchange.ts:29:37" → "*exchange exchange.ts:29". In front stands V8's
 * letter for what made the code: "~" its interpreter runs it, "^" Sparkplug, "+" Maglev, "*"
 * TurboFan.
 */
export function frameOf(name: string): Frame {
  const wasm = /^JS:(wasm-function\[\d+\])-\d+-(\w+)$/.exec(name);
  if (wasm) {
    const tier = wasm[2] === "turbofan" ? "*" : "^"; // its first compiler is Liftoff
    return { name: `${tier}${wasm[1]}`, object: wasmObject };
  }
  const script = /^(?:JS|Script|Function|Eval):([~^+*']*)(\S*) ?(\S*?):(\d+):\d+$/.exec(name);
  if (!script) return { name: name.replaceAll(";", ":"), object: "node" };
  const [, tier, given, place, line] = script;
  const object = sourceOf(place!);
  const file = object.split("/").at(-1)!;
  return { name: `${tier!.replaceAll("'", "")}${given || "(anonymous)"} ${file}:${line}`, object };
}

function sourceOf(place: string): string {
  if (!place.startsWith("file:")) return place === "" ? "javascript" : place;
  const path = fileURLToPath(place);
  const inside = relative(root, path);
  return inside.startsWith("..") ? path : inside;
}
