/** The profiles of a run beside its published page, without private facts. */
import { dirname, join } from "node:path";
import { isBeside } from "../matrix/beside.ts";
import { expandMatrix } from "../matrix/cell.ts";
import { testerOnly } from "../paths/all.ts";
import { writeProfile } from "../present/page/write-profile.ts";
import { profilesFolder, readProfile } from "../profile/folder.ts";
import { profilesOfRun } from "../profile/of-run.ts";
import type { Profile } from "../profile/profile.ts";
import type { JournaledRun } from "../run/earlier-run.ts";
import { newPrivateTexts, type Owner, withheld } from "./privacy.ts";

/** @throws IopathError where the run's folder no longer has a profile that its journal tells of */
export function publishProfiles(to: string, { run, events, journal }: JournaledRun, owner: Owner) {
  const from = join(dirname(journal), profilesFolder);
  const profiled = profilesOfRun({ events: [...events] });
  const cells = expandMatrix(run.config).filter(({ id }) => profiled.has(id));
  const isPrivate = newPrivateTexts(owner, []);
  const read = (id: string) => withoutPlaces(readProfile(from, id), isPrivate);
  const { iopath, revision } = run.environment;
  for (const cell of cells) {
    const tester = cells.find((one) => one.path === testerOnly && isBeside(one, cell));
    const before = tester && read(tester.id);
    const exporter = `iopath ${iopath} (commit ${revision})`;
    writeProfile(join(to, profilesFolder), { profile: read(cell.id), before, exporter });
  }
}

/** Of modules of a user's own, the path of the file is where it lies on this machine. */
function withoutPlaces(profile: Profile, isPrivate: (text: string) => boolean): Profile {
  const stacks = profile.stacks.map(({ frames, count }) => ({
    frames: frames.map((frame) =>
      isPrivate(frame.object) ? { ...frame, object: withheld } : frame,
    ),
    count,
  }));
  return { ...profile, stacks };
}
