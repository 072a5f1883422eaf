/** `iopath profile`: profiles cells, writes their files, prints where the instructions go. */
import { ExitStatus } from "@iopath/contract";
import { isBeside } from "../../matrix/beside.ts";
import { type Cell, expandMatrix } from "../../matrix/cell.ts";
import { isOnKernel } from "../../matrix/choose-places.ts";
import { testerOnly } from "../../paths/all.ts";
import { writeProfile } from "../../present/page/write-profile.ts";
import { formatProfile } from "../../present/terminal/profile-table.ts";
import { screenOf } from "../../present/terminal/screen.ts";
import { isSameButKernel, readEarlierProfile } from "../../profile/earlier.ts";
import { missMax, missOf, type Profile } from "../../profile/profile.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import { type ProfiledCell, profileCells } from "../../run/profile-cells.ts";
import type { ProfilePlan } from "../plan.ts";
import { describeVersion } from "../version.ts";

/** The exit status says whether every cell has a profile that adds up to its figure. */
export async function performProfile(plan: ProfilePlan, signal: AbortSignal): Promise<number> {
  const { config, out, top, waitMinutes } = plan;
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  const earlier = readEarlier(plan);
  using _lock = await holdMachine({ waitMinutes, share: true, signal });
  const cells = await profileCells(config, { signal, tell });
  let whole = true;
  for (const { cell, profile } of cells.filter((one) => isShown(plan)(one.cell))) {
    if ("problem" in profile) {
      process.stdout.write(`${cell.id}\nFAILED: ${profile.problem}\n\n`);
      whole = false;
      continue;
    }
    const before = earlier.get(cell.id) ?? otherOf(cell, cells, plan);
    const folder = writeProfile(out, { profile, before, exporter: describeVersion() });
    const text = formatProfile(profile, { before, top, screen: screenOf(process.stdout) });
    process.stdout.write(`${text}\n\nwritten: ${folder}/flame.html and its other files\n\n`);
    whole &&= missOf(profile) <= missMax;
  }
  return whole ? ExitStatus.ok : ExitStatus.cellFailed;
}

/** Profiles of an earlier command, if the plan names its folder; read before a guest boots. */
function readEarlier(plan: ProfilePlan): ReadonlyMap<string, Profile> {
  const { against, config } = plan;
  if (!against || !("folder" in against)) return new Map();
  const cells = expandMatrix(config).filter(isShown(plan));
  return new Map(cells.map(({ id }) => [id, readEarlierProfile(against.folder, id)]));
}

/** What was profiled for comparisons alone is not shown itself. */
function isShown({ shown, against, config }: ProfilePlan): (cell: Cell) => boolean {
  const isOther = ({ section }: Cell) =>
    against && "kernel" in against && isOnKernel(config[section]!.place, against.kernel);
  return (cell) => !isOther(cell) && (shown.length === 0 || shown.includes(variantOf(cell)));
}

/**
 * What a cell is compared with: itself on the kernel, or the variant, that the plan names, else the
 * tester alone.
 */
function otherOf(
  cell: Cell,
  cells: readonly ProfiledCell[],
  { against, config }: ProfilePlan,
): Profile | undefined {
  if (against && "folder" in against) return undefined;
  const isIt = (other: Cell) => {
    if (against && "kernel" in against) {
      return (
        isOnKernel(config[other.section]!.place, against.kernel) &&
        isSameButKernel(other.id, cell.id)
      );
    }
    const isWanted = against ? variantOf(other) === against.variant : other.path === testerOnly;
    return isWanted && isBeside(other, cell);
  };
  const found = cells.find(({ cell: other }) => isIt(other));
  return found && !("problem" in found.profile) ? found.profile : undefined;
}

function variantOf({ path, variant }: Cell): string {
  return `${path}/${variant}`;
}
