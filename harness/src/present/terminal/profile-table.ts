/** A profile as text: its sum, groups and dearest functions, and what differs from another. */
import Table from "cli-table3";
import { type Difference, differenceOf } from "../../profile/difference.ts";
import { functionCosts } from "../../profile/functions.ts";
import { groupCosts } from "../../profile/groups.ts";
import {
  missMax,
  missOf,
  namelessMax,
  namelessObjectOf,
  namelessOf,
  type Profile,
  totalOf,
} from "../../profile/profile.ts";
import { describeTiers } from "../../profile/tiers.ts";
import { formatPercent } from "../number-format.ts";
import { plainBorders } from "./plain-table.ts";
import { cut, type Screen } from "./screen.ts";

const nameWidthMax = 60;
/** Differences that are less than this per frame are left to the files. */
const differenceMin = 0.05;

interface ProfileTextOptions {
  /** What it is compared with. */
  readonly before: Profile | undefined;
  /** Functions in a table. */
  readonly top: number;
  readonly screen: Screen;
}

export function formatProfile(profile: Profile, options: ProfileTextOptions): string {
  const { before, top } = options;
  const perFrame = totalOf(profile) / profile.window;
  const parts = [
    `${profile.cell}\n${describeSum(profile)}`,
    describeCode(profile),
    groupsTable(profile, before),
    functionsTable(profile, top, perFrame),
    before ? differences(differenceOf(before, profile), before.cell, top) : "",
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** The sum over all functions beside the figure that it has to be. */
function describeSum(profile: Profile): string {
  const sum = (totalOf(profile) / profile.window).toFixed(2);
  const miss = missOf(profile);
  const apart = miss > missMax ? ": SOMETHING WAS NOT COUNTED" : "";
  return (
    `${sum} instructions per frame in ${profile.stacks.length} stacks; ` +
    `p50 of the trial ${profile.p50.toFixed(2)}, ${(100 * miss).toFixed(4)} % apart${apart}; ` +
    describeNameless(profile)
  );
}

/** A stripped library has no names but in files apart. */
function describeNameless(profile: Profile): string {
  const share = namelessOf(profile);
  const said = `${formatPercent(share)} without a name`;
  if (share <= namelessMax) return said;
  const where = namelessObjectOf(profile);
  return `${said}, most of it in ${where}: \`npm run setup:guest\` fetches names of DPDK's, and debug symbols of others are used where they are installed`;
}

/** Which of V8's compilers had made what ran: an earlier one's code may still get faster. */
function describeCode(profile: Profile): string {
  const tiers = describeTiers(profile);
  return tiers && `JavaScript and WebAssembly by what made their code, per frame: ${tiers}`;
}

function groupsTable(profile: Profile, before: Profile | undefined): string {
  const total = totalOf(profile) / profile.window;
  const others = new Map(before && groupCosts(before).map(({ group, own }) => [group, own]));
  const own = groupCosts(profile);
  const gone = [...others.keys()].filter((group) => own.every((one) => one.group !== group));
  const all = [...own, ...gone.map((group) => ({ group, own: 0 }))];
  const heads = before ? ["there", "difference"] : [];
  return draw(
    ["group", "instructions/frame", "share", ...heads],
    all.map(({ group, own: cost }) => {
      const there = others.get(group) ?? 0;
      const rest = before ? [there.toFixed(1), signed(cost - there)] : [];
      return [group, cost.toFixed(1), formatPercent(cost / total), ...rest];
    }),
    1,
  );
}

function functionsTable(profile: Profile, top: number, total: number): string {
  return draw(
    ["function", "in", "itself", "share", "with callees"],
    functionCosts(profile)
      .slice(0, top)
      .map(({ frame, own, inclusive }) => [
        cut(frame.name, nameWidthMax),
        frame.object,
        own.toFixed(1),
        formatPercent(own / total),
        inclusive.toFixed(1),
      ]),
    2,
  );
}

/** What got dearer first, by how much; then what got cheaper. */
function differences(found: Difference, other: string, top: number): string {
  const { before, after, functions, of } = found;
  const head =
    `against ${other}: ${before.toFixed(2)} there, ${signed(after - before, 2)} here; ` +
    `${functions.length} of ${of} functions differ`;
  const large = functions
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, top)
    .filter((one) => Math.abs(one.after - one.before) >= differenceMin);
  const shown = functions.filter((one) => large.includes(one));
  if (shown.length === 0) return head;
  const lines = shown.map((one) => [
    cut(one.frame.name, nameWidthMax),
    one.frame.object,
    one.before.toFixed(1),
    one.after.toFixed(1),
    signed(one.after - one.before),
  ]);
  return `${head}\n${draw(["function", "in", "there", "here", "difference"], lines, 2)}`;
}

function signed(value: number, digits = 1): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(digits)}`;
}

/** @param texts how many columns, from the left, are aligned left */
function draw(heads: readonly string[], lines: readonly string[][], texts: number): string {
  const table = new Table({
    head: [...heads],
    colAligns: heads.map((_, i) => (i < texts ? "left" : "right")),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: { ...plainBorders, middle: "" },
  });
  table.push(...lines);
  const drawn = table.toString().split("\n");
  return drawn.map((line) => line.trimEnd()).join("\n");
}
