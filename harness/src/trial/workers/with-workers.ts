/** Trials of several workers, and what one of them does. */
import type { Path } from "@iopath/contract";
import { findVariant } from "../../paths/loaders.ts";
import { measureClosedLoop } from "../loop/closed-loop.ts";
import { openOwnTester, ownTesters, workloadOf } from "../open-trial.ts";
import type { ClosedLoopRequest, TeamMember, TrialResult, VerifyRequest } from "../request.ts";
import { flowsOfWorker } from "../tester/flows.ts";
import { buildWindows } from "../tester/window-sender.ts";
import { openMeasuringTester } from "../tester/wire-testers.ts";
import { type Board, MappedBoard } from "./board.ts";
import { lacksWorkers, measureTeam, openOnQueue } from "./team.ts";
import { verifyTeam } from "./verify-team.ts";

/** @param path undefined in the `tester-only` cell, which is not verified */
export async function performWithWorkers(
  request: VerifyRequest | ClosedLoopRequest,
  path: Path | undefined,
): Promise<TrialResult> {
  const lacking = lacksWorkers(request, path);
  if (lacking) return lacking;
  if (request.role === "verify") return await verifyTeam(request, path!);
  const { team } = request;
  return team ? await runWorker(request, path, team) : await measureTeam(request, path);
}

/** One worker of a team, on its queue. @param threadsBoard where the workers are threads */
export async function runWorker(
  request: ClosedLoopRequest,
  path: Path | undefined,
  team: TeamMember,
  threadsBoard?: Board,
): Promise<TrialResult> {
  const { testbed, frameBytes, flows, variant, workers } = request;
  using opening = new DisposableStack();
  const carrier = path ? findVariant(path, variant).carrier : "ethernet";
  const { worker } = team;
  const flow = flowsOfWorker(flows, worker, workers).first;
  const workload = workloadOf(request);
  const windows = buildWindows(workload, testbed, frameBytes, request.window, { worker, flow });
  const board = threadsBoard ?? opening.use(MappedBoard.open(team.boardId, workers));
  const forwards = path && !team.attached;
  const forwarder = forwards
    ? opening.use(openOnQueue(request, path, worker, team.sharedId))
    : undefined;
  const options = { flows, team: { worker, board } };
  const tester = opening.use(
    forwarder && ownTesters(forwarder)
      ? openOwnTester(request, forwarder, windows)
      : openMeasuringTester(workload, testbed, carrier, windows, options),
  );
  return await measureClosedLoop(request, tester, forwarder, board);
}
