/**
 * Puts the picture and the tables of a published run into the README:
 *
 *     npm run readme -- results/published/2026-11-25-epyc
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type PublishedRun, replaceFigures } from "../src/readme-block.ts";

const root = resolve(import.meta.dirname, "../..");
const [given] = process.argv.slice(2);
if (given === undefined) throw new Error("name the folder of a published run");
const folder = relative(root, resolve(given));
const file = join(root, "README.md");
const text = readFileSync(join(root, folder, "results.json"), "utf8");
const published = JSON.parse(text) as PublishedRun;
writeFileSync(file, replaceFigures(readFileSync(file, "utf8"), folder, published));
