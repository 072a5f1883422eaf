/** `iopath search`: each variant in a lab of its own, one after the other. */
import { ExitStatus } from "@iopath/contract";
import { findPorts, requireLabPrivileges } from "@iopath/lab";
import { readIfThere } from "@iopath/native";
import { readEnvironment } from "../../environment/environment.ts";
import { makeFolder } from "../../files/files.ts";
import type { Searches } from "../../matrix/search-cell.ts";
import { OpenLoopDevice } from "../../open-loop/device.ts";
import { placementHere } from "../../open-loop/placement.ts";
import { openLoopRunOf } from "../../open-loop/report/files.ts";
import type { Ground } from "../../open-loop/run/events.ts";
import { runSearches, type SearchMachine } from "../../open-loop/run/run-searches.ts";
import { findPath, findVariant } from "../../paths/all.ts";
import { appendStepSummary } from "../../present/markdown.ts";
import { openLoopMarkdown } from "../../present/open-loop/markdown.ts";
import { formatOpenLoop } from "../../present/open-loop/table.ts";
import { showTrials } from "../../present/terminal/trial-lines.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import type { ResumeSearchPlan, SearchPlan } from "../plan.ts";

export async function performSearch(
  plan: SearchPlan | ResumeSearchPlan,
  signal: AbortSignal,
): Promise<number> {
  const { out: folder, waitMinutes } = plan;
  makeFolder(folder);
  using _lock = await holdMachine({ waitMinutes, signal });
  using lines = showTrials();
  try {
    const found = await runSearches({
      ...{ folder, signal, machine: machineHere(signal), progress: lines },
      searches: plan.does === "search" ? plan.searches : undefined,
      write: async (results) => {
        // Imported here: a process that starts to measure must not load the drawing library.
        const { writeSearches } = await import("../../present/open-loop/write.ts");
        writeSearches(folder, openLoopRunOf(results));
      },
    });
    lines[Symbol.dispose]();
    process.stdout.write(`${formatOpenLoop(found.rows, found.latencies)}\n`);
    process.stderr.write(
      `\nwritten: ${folder}/open-loop.html, open-loop.csv and its other files\n`,
    );
    appendStepSummary(openLoopMarkdown(openLoopRunOf(found)), process.env.GITHUB_STEP_SUMMARY);
    const failed = found.rows.some(({ status }) => status === "failed");
    return failed ? ExitStatus.cellFailed : ExitStatus.ok;
  } catch (error) {
    if (signal.aborted) lines.note(`rows so far are in ${folder}; --resume goes on`);
    throw error;
  }
}

function machineHere(signal: AbortSignal): SearchMachine {
  return {
    now: () => new Date(),
    elapsedMs: () => performance.now(),
    readEnvironment,
    placementOf: ({ path, variant, cpus }) =>
      placementHere(findVariant(findPath(path), variant), cpus),
    groundOf,
    open: ({ interfaces }, cell, placement) => {
      const path = findPath(cell.path);
      const variant = findVariant(path, cell.variant);
      const where = interfaces === undefined ? {} : { interfaces };
      return OpenLoopDevice.open({ ...cell, ...where, path, variant, placement, signal });
    },
  };
}

/** Asks interfaces of the user's before anything is done to them. */
function groundOf({ interfaces, cells }: Searches): Ground {
  if (interfaces === undefined) {
    requireLabPrivileges();
    return { class: "virtual", place: "host", lineMbits: null, notes: [] };
  }
  const usesUdp = cells.some(
    ({ path, variant }) => findVariant(findPath(path), variant).carrier === "udp",
  );
  const frameBytesMax = Math.max(...cells.map(({ frameBytes }) => frameBytes));
  const found = findPorts(interfaces, { frameBytesMax, workers: 1, usesUdp });
  const lineMbits = found.class === "hardware" ? speedOf(interfaces.ports[1]) : null;
  return { class: found.class, place: "hardware", lineMbits, notes: [...found.notes] };
}

/** Mbit/s of a link, by sysfs-class-net; null where the driver does not know. */
function speedOf(device: string): number | null {
  const mbits = Number(readIfThere(`/sys/class/net/${device}/speed`) ?? 0);
  return mbits > 0 ? mbits : null;
}
