/** The tester in a process of its own on this machine. */
import { fileURLToPath } from "node:url";
import { ExitStatus, IopathError } from "@iopath/contract";
import { LineProcess, type LineProgram } from "../trial/line-process.ts";
import { ownRevision } from "../trial/revision.ts";
import { startProgram } from "../trial/trial-process.ts";
import { type TesterOrder, testerAnswer } from "./protocol.ts";

type TesterAnswer = ReturnType<typeof testerAnswer.parse>;
type NearTester = LineProcess<TesterAnswer>;

/** What a device asks, wherever it is. */
export interface Tester extends AsyncDisposable {
  readonly endedWell: boolean;
  ask<Status extends TesterAnswer["status"]>(
    order: TesterOrder,
    status: Status,
    limitMs: number,
  ): Promise<TesterAnswer & { status: Status }>;
}

/** @param file below this folder */
export function openLoopProgram(what: string, file: string): LineProgram {
  const program = {
    ...{ revision: ownRevision, node: process.execPath },
    file: fileURLToPath(new URL(file, import.meta.url)),
  };
  return {
    what,
    start: () => startProgram(program),
    toError: (message) => new IopathError(ExitStatus.cellFailed, message),
  };
}

/**
 * Starts opening; `ready` resolves when that is done.
 *
 * @param request a `TesterRequest`
 * @param signal kills it
 */
export function openNearTester(request: object, signal: AbortSignal): NearTester {
  return new LineProcess(
    openLoopProgram("the tester", "tester/main.ts"),
    request,
    testerAnswer,
    signal,
  );
}
