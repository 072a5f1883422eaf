/**
 * Links of cards and of their functions. A namespace is a name of ip-netns(8), ours when it is not
 * said.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { ip, poll } from "@iopath/lab";

const linkLimitMs = 30_000;
const linkStepMs = 50;
/** Links of functions were there within 3 s, in an emulated guest too. */
const askingLimitMs = 10_000;
const askingsMax = 3;

/** Waits until a network device has a link. @throws IopathError when it has none in time */
export function awaitLink(device: string, namespace?: string, limitMs = linkLimitMs): void {
  if (!hasLink(device, namespace, limitMs)) throw noLink(device, limitMs);
}

/**
 * Brings functions up with the kernel's driver, and waits for their links. igbvf asks its card
 * within 10 ms or stays without one ("PF still resetting"), as on an emulated card that answers
 * late: down and up, it asks again.
 *
 * @throws IopathError when one of them has no link in time
 */
export function bringUpFunctions(devices: readonly string[], namespace?: string): void {
  for (const device of devices) setState(device, "up", namespace);
  for (const device of devices) {
    for (let asking = 1; !hasLink(device, namespace, askingLimitMs); asking++) {
      if (asking === askingsMax) throw noLink(device, askingsMax * askingLimitMs);
      setState(device, "down", namespace);
      setState(device, "up", namespace);
    }
  }
}

function setState(device: string, state: "up" | "down", namespace?: string): void {
  ip(...inside(namespace), "link", "set", device, state);
}

function hasLink(device: string, namespace: string | undefined, limitMs: number): boolean {
  const up = () => {
    const text = ip(...inside(namespace), "-json", "link", "show", device);
    const [link] = JSON.parse(text) as { flags: string[] }[];
    return link!.flags.includes("LOWER_UP") ? true : undefined;
  };
  return poll(limitMs, linkStepMs, up) ?? false;
}

function inside(namespace: string | undefined): readonly string[] {
  return namespace === undefined ? [] : ["-n", namespace];
}

function noLink(device: string, limitMs: number): IopathError {
  const message = `${device} has no link after ${limitMs / 1000} s`;
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy: "plug a cable in, or see that the port at the other end is up",
  });
}
