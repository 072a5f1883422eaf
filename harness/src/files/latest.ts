/** Where a run goes, and where one is looked for, when nothing else is said. */
export const latest = "results/latest";
