/** All files of a run, derived from its journal. */
import { writeForMachines } from "../files/write.ts";
import type { Journal } from "../journal/journal.ts";
import { removeOtherProfiles } from "../profile/folder.ts";
import { profilesOfRun } from "../profile/of-run.ts";
import { deriveRows } from "../rows/derive.ts";

/** The page comes last: it takes the longest. */
export async function writeResults(
  folder: string,
  journal: Pick<Journal, "events" | "run">,
): Promise<void> {
  const rows = deriveRows(journal);
  await writeForMachines(folder, journal, rows);
  // Imported here: a process that starts to measure must not load the drawing library.
  const { writeReport } = await import("../present/page/write.ts");
  writeReport(folder, journal, rows);
  removeOtherProfiles(folder, profilesOfRun(journal).keys());
}
