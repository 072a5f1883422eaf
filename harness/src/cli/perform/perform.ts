/**
 * Does what the plan of a command line says. Each command's code is loaded when it is asked for.
 */
import type { Perform, Plan } from "../plan.ts";

interface Surroundings {
  /** Aborted by a signal, with the exit status as its reason. */
  readonly interruption: AbortSignal;
  /** Aborted when nobody reads standard output any more. */
  readonly outputClosed: AbortSignal;
}

/** The function that does what a plan says, and returns the exit status. */
export function newPerform({ interruption, outputClosed }: Surroundings): Perform {
  return async (plan: Plan): Promise<number> => {
    switch (plan.does) {
      case "measure":
      case "resume":
        return (await import("./run.ts")).performRun(plan, interruption);
      case "forward": {
        const stop = AbortSignal.any([interruption, outputClosed]);
        return (await import("./forward.ts")).performForward(plan, stop);
      }
      case "list":
        return (await import("./list.ts")).performList(plan);
      case "verify":
        return (await import("./verify.ts")).performVerify(plan, interruption);
      case "gate":
      case "gate against":
      case "gate kernels":
      case "baseline update":
        return (await import("./gate.ts")).performGate(plan, interruption);
      case "self-test instructions":
      case "self-test wall":
        return (await import("./self-test.ts")).performSelfTest(plan, interruption);
      case "trend":
        return (await import("./trend.ts")).performTrend(plan);
      case "show":
        return (await import("./show.ts")).performShow(plan);
      case "compare":
        return (await import("./compare.ts")).performCompare(plan);
      case "publish":
        return (await import("./publish.ts")).performPublish(plan);
      case "profile":
        return (await import("./profile.ts")).performProfile(plan, interruption);
      case "search":
      case "resume search":
        return (await import("./search.ts")).performSearch(plan, interruption);
      case "tester": {
        const stop = AbortSignal.any([interruption, outputClosed]);
        return (await import("./tester.ts")).performTester(stop);
      }
      case "bisect":
        return (await import("./bisect.ts")).performBisect(plan, interruption);
      case "bisect-step":
        return (await import("./bisect.ts")).performBisectStep(plan, interruption);
      case "doctor":
        return (await import("./doctor.ts")).performDoctor(interruption);
      case "guest":
        return (await import("./guest.ts")).performGuest(plan, interruption);
      case "kernels":
        return (await import("./kernels.ts")).performKernels(plan, interruption);
      case "prune kernels":
        return (await import("./kernels.ts")).performPruneKernels(plan, interruption);
      case "kernel build":
        return (await import("./kernel-build.ts")).performKernelBuild(plan, interruption);
      case "clean":
        return (await import("./clean.ts")).performClean();
    }
  };
}
