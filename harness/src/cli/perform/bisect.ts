/** `iopath bisect` and `iopath bisect-step`: measures kernels, and says where a cost changed. */
import { join } from "node:path";
import { ExitStatus, explain, IopathError, requireTrouble } from "@iopath/contract";
import type { GuestPlace } from "@iopath/lab";
import {
  buildKernel,
  findGuestMachine,
  KernelBuildError,
  listMirrorKernels,
  setUpGuestPackages,
} from "@iopath/lab/guest";
import { allowedCpus } from "@iopath/native";
import { bisectKernels, type KernelBisection, listOfKernels } from "../../bisect/bisect-kernels.ts";
import {
  type KernelMeasuring,
  type MeasuredKernel,
  measureKernels,
  sectionOn,
} from "../../bisect/measure.ts";
import { judgeStep } from "../../bisect/step.ts";
import { bisectionJson, formatBisection } from "../../bisect/text.ts";
import { makeFolder, writeWhole } from "../../files/files.ts";
import { writeProfile } from "../../present/page/write-profile.ts";
import { formatProfile } from "../../present/terminal/profile-table.ts";
import { screenOf } from "../../present/terminal/screen.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import { profileCells } from "../../run/profile-cells.ts";
import { run } from "../../run/run.ts";
import type { BisectedCell, BisectPlan, BisectStepPlan } from "../kernel-plans.ts";
import { describeVersion } from "../version.ts";

const tell = (line: string) => process.stderr.write(`${line}\n`);
/** Functions in the tables of the profile. */
const functionsShown = 12;

export async function performBisect(plan: BisectPlan, signal: AbortSignal): Promise<number> {
  const { cell, out, json, waitMinutes } = plan;
  makeFolder(out); // before minutes of measuring
  const kernels = await listOfKernels(plan.kernels, () => listMirrorKernels(signal));
  tell(`${kernels.length} kernels, from ${kernels[0]} to ${kernels.at(-1)}`);
  using _lock = await holdMachine({ waitMinutes, share: true, signal });
  let count = 0;
  const nextFolder = () => join(out, String(++count));
  const found = await bisectKernels(
    kernels,
    cell.within,
    measuringOf(cell, nextFolder, { waitMinutes, signal }),
  );
  const text = bisectionJson(found);
  writeWhole(join(out, "bisect.json"), text);
  process.stdout.write(json ? text : `${formatBisection(found)}\n`);
  if (plan.profile && !json) await showProfiles(found, plan, signal);
  return ExitStatus.ok;
}

interface Waiting {
  readonly waitMinutes: number;
  readonly signal: AbortSignal;
}

function measuringOf(
  { section, variant }: BisectedCell,
  nextFolder: () => string,
  waiting: Waiting,
): KernelMeasuring {
  return {
    section,
    variant,
    run: (config) => run({ config, folder: nextFolder(), resume: false, ...waiting }),
  };
}

/** Where the instructions went that one of the two kernels has more than the other. */
async function showProfiles(
  { kernels, outcome, variant }: KernelBisection,
  { cell, out }: BisectPlan,
  signal: AbortSignal,
): Promise<void> {
  const ends = [outcome.from, outcome.to].map((index) => kernels[index]!);
  const config = ends.map((name) => sectionOn(name, cell.section));
  const profiled = await profileCells(config, { signal, tell }).catch(requireTrouble);
  if (profiled instanceof IopathError) {
    return void tell(`no functions can be named: ${explain(profiled)}`);
  }
  const own = profiled.filter(({ cell: one }) => `${one.path}/${one.variant}` === variant);
  const [before, after] = own.map(({ profile }) => profile);
  for (const profile of [before!, after!]) {
    if ("problem" in profile) return void tell(`no functions can be named: ${profile.problem}`);
  }
  if ("problem" in before! || "problem" in after!) return;
  const folder = writeProfile(out, { profile: after!, before, exporter: describeVersion() });
  const options = { before, top: functionsShown, screen: screenOf(process.stdout) };
  process.stdout.write(`\n${formatProfile(after!, options)}\n\nwritten: ${folder}/flame.html\n`);
}

/**
 * What ails the guest itself, or this machine, ends the whole bisect; what ails this kernel alone
 * skips it.
 */
export async function performBisectStep(
  plan: BisectStepPlan,
  signal: AbortSignal,
): Promise<number> {
  const { kernel, cell, figures, out, waitMinutes } = plan;
  makeFolder(out);
  const { machine } = cell.section.place as GuestPlace;
  await setUpGuestPackages(tell, findGuestMachine(machine), signal);
  using _lock = await holdMachine({ waitMinutes, share: true, signal });
  const measuring = measuringOf(cell, () => out, { waitMinutes, signal });
  const { finding, release } = await measureStep(plan, measuring, signal);
  const { status, words } = judgeStep(finding, figures);
  const found = "figure" in finding ? ` ${finding.figure} instructions per frame,` : "";
  process.stdout.write(`${cell.variant} on ${release || kernel}:${found} ${words}\n`);
  return status;
}

/** Of a tree that is built first, what is built; what does not build has no figure. */
async function measureStep(
  { kernel: source, build }: BisectStepPlan,
  measuring: KernelMeasuring,
  signal: AbortSignal,
): Promise<MeasuredKernel> {
  const measure = async (kernel: string) => (await measureKernels([kernel], measuring))[0]!;
  if (!build) return await measure(source);
  try {
    const { folder } = await buildKernel({ source, jobs: allowedCpus().length }, tell, signal);
    return await measure(folder);
  } catch (error) {
    if (!(error instanceof KernelBuildError)) throw error;
    return { kernel: source, release: "", finding: { problem: explain(error) }, tester: undefined };
  }
}
