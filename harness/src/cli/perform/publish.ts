/** `iopath publish`: a run as a folder that can be committed, and the index of all such folders. */
import { openLoopFileAt } from "../../open-loop/report/json.ts";
import { rebuildIndex } from "../../publish/index-page.ts";
import { publishRun } from "../../publish/publish.ts";
import { publishSearches } from "../../publish/searches.ts";
import type { PublishPlan } from "../plan.ts";

export async function performPublish({ run, to }: PublishPlan): Promise<number> {
  if (run) {
    const { place, host, author, allowed } = run;
    const options = { to, author, allowed, ...(host === undefined ? {} : { host }) };
    const searches = openLoopFileAt(place);
    const folder = await (searches === undefined
      ? publishRun(place, options)
      : publishSearches(searches, options));
    process.stdout.write(`published: ${folder}\n`);
  }
  const { file, problems } = rebuildIndex(to);
  for (const problem of problems) process.stderr.write(`left out of the index: ${problem}\n`);
  process.stdout.write(`index: ${file}\n`);
  return 0;
}
