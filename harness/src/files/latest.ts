/** Where a run goes by default, and where commands look for one. */
export const latest = "results/latest";
