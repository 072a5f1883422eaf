/** What a trial opens: a forwarder in its namespace, and the tester that measures it. */
import {
  ExitStatus,
  type Forwarder,
  IopathError,
  type MeasuringTester,
  type OpenOptions,
  type OwnTesters,
  openForwarder,
  type Path,
  type PortSpec,
  type Workload,
} from "@iopath/contract";
import { refuseDefaultRoute } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { findVariant } from "../paths/loaders.ts";
import { findWorkload } from "../workloads/known.ts";
import { requirePlanted, withNeedlessWork } from "./plant.ts";
import type { ClosedLoopRequest, TrialRequest } from "./request.ts";
import { buildWindows } from "./tester/window-sender.ts";
import { openMeasuringTester } from "./tester/wire-testers.ts";

export interface OpenTrial extends Disposable {
  readonly tester: MeasuringTester;
  /** None in the `tester-only` cell. */
  readonly forwarder: Forwarder | undefined;
}

/**
 * @param path of the request; undefined in the `tester-only` cell
 * @throws IopathError when the cell asks for windows that its path's own tester can't send
 */
export function openTrial(
  request: Omit<ClosedLoopRequest, "role" | "samples">,
  path: Path | undefined,
): OpenTrial {
  using opening = new DisposableStack();
  const { testbed, frameBytes, flows, variant } = request;
  const workload = workloadOf(request);
  const windows = buildWindows(workload, testbed, frameBytes, request.window);
  if (!path) {
    const options = { straight: true, flows };
    const tester = opening.use(
      openMeasuringTester(workload, testbed, "ethernet", windows, options),
    );
    return { tester, forwarder: undefined, ...owning(opening.move()) };
  }
  const { carrier } = findVariant(path, variant);
  const forwarder = opening.use(openInPlace(request, path));
  const tester = opening.use(
    ownTesters(forwarder)
      ? openOwnTester(request, forwarder, windows)
      : openMeasuringTester(workload, testbed, carrier, windows, { flows }),
  );
  return { tester, forwarder, ...owning(opening.move()) };
}

function owning(resources: DisposableStack): Disposable {
  return { [Symbol.dispose]: () => resources.dispose() };
}

function variedWindowsError(path: string, variant: string): IopathError {
  const message = `the tester of ${path}/${variant} sends the same window every time`;
  return new IopathError(ExitStatus.cellFailed, message, {
    remedy: "measure it with `--flows 1` and a frame size that is no mix",
  });
}

/**
 * The measuring tester that the forwarder's path brings along.
 * @throws IopathError as `openTrial` does
 */
export function openOwnTester(
  { path, variant, flows }: Pick<ClosedLoopRequest, "path" | "variant" | "flows">,
  forwarder: Forwarder,
  windows: ReturnType<typeof buildWindows>,
): MeasuringTester {
  if (flows > 1 || windows.length > 1) throw variedWindowsError(path, variant);
  return ownTesters(forwarder)!.measuring(windows[0]!, forwarder.workload);
}

/** Testers that a path brings along, since no network device leads to its ports. */
export function ownTesters({ path }: Forwarder): OwnTesters | undefined {
  return path.kind === "polled" ? path.testers : undefined;
}

/** The workload of a trial, with the needless work planted in it. */
export function workloadOf({
  workload: name,
  planted,
}: Pick<TrialRequest, "workload" | "planted">): Workload {
  const workload = findWorkload(name);
  return planted ? withNeedlessWork(workload, planted) : workload;
}

/** The forwarder of a trial, in the namespace of its ports. */
export function openInPlace(
  request: Pick<TrialRequest, "testbed" | "variant" | "burst" | "workload" | "planted"> &
    Pick<OpenOptions, "meetingAt">,
  path: Path,
): Forwarder {
  const { testbed, burst, meetingAt } = request;
  return inNamespace(testbed.forwarderNamespace, () => {
    // A lab's namespaces are its own, and asking takes time in a guest.
    const isGuarded = testbed.shared && !testbed.defaultRouteAllowed;
    if (isGuarded) refuseDefaultRoute(...testbed.ports.map(({ device }) => device));
    const apart = meetingAt === undefined ? {} : { meetingAt };
    return openWithWorkload(request, path, testbed.ports, { burst, ...apart });
  });
}

/** A forwarder that does the request's workload, and its planted work if there is any. */
export function openWithWorkload(
  request: Pick<TrialRequest, "variant" | "workload" | "planted">,
  path: Path,
  ports: readonly [PortSpec, PortSpec],
  options: Omit<OpenOptions, "workload">,
): Forwarder {
  const { variant, planted } = request;
  const workload = workloadOf(request);
  using opening = new DisposableStack();
  const forwarder = opening.use(openForwarder(path, variant, ports, { ...options, workload }));
  if (planted) requirePlanted(workload, path.name, variant);
  opening.move();
  return forwarder;
}
