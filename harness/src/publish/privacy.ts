/**
 * Takes private facts out of a run, field by field. Fields that can hold something
 * private go as a whole: next hops and namespaces of the config, what git said, and of texts that
 * programs wrote those that name a folder, an address or a host. All other fields stay as they are,
 * to the byte: a name such as `host` or `native` in them is a place or a variant, whatever the
 * machine is called.
 */
import os from "node:os";
import { resolve } from "node:path";
import { ifThere } from "@iopath/native";
import type { JournalEvent, ProfileEvent, RunEvent } from "../journal/events.ts";
import { paths } from "../paths/all.ts";
import type { TrialResult } from "../trial/request.ts";

export interface Owner {
  readonly home: string;
  readonly host: string;
  readonly user: string;
  /** Where the project lies. */
  readonly root: string;
}

/** What stands in place of a text that is withheld. */
export const withheld = "withheld: it names a folder, an address or a host of the machine's owner";

export function ownerOfThisMachine(): Owner {
  const root = resolve(import.meta.dirname, "../../..");
  // A container's user may have neither name nor home. For all other failures it throws: a name
  // that is not known would not be withheld.
  const user = ifThere(() => os.userInfo().username) ?? "";
  const home = ifThere(() => os.homedir()) ?? "";
  return { home, host: os.hostname(), user, root };
}

interface Publishable {
  readonly run: RunEvent;
  readonly events: readonly JournalEvent[];
}

/** Takes a text of a program's as it is, or what stands in place of one that is withheld. */
export function newCleaner(owner: Owner, namespaces: readonly string[]): (text: string) => string {
  const isPrivate = newPrivateTexts(owner, namespaces);
  return (text) => (isPrivate(text) ? withheld : text);
}

/** The same run without its private fields. */
export function withoutPrivate({ run, events }: Publishable, owner: Owner): Publishable {
  const clean = newCleaner(owner, namespacesOf(run));
  const published = cleanRun(run, clean);
  return {
    run: published,
    events: events.map((event) => {
      if (event.event === "run") return published;
      if (event.event === "spent") return event;
      if (event.event === "profile") return cleanProfile(event, clean);
      return { ...event, result: cleanResult(event.result, clean) };
    }),
  };
}

function namespacesOf({ config }: RunEvent): string[] {
  return config.flatMap(({ place }) =>
    place.kind === "interfaces" && place.testerNamespace ? [place.testerNamespace] : [],
  );
}

/** Who gets the frames, and where the tester sits, is in no figure. */
function cleanRun(run: RunEvent, clean: (text: string) => string): RunEvent {
  return {
    ...run,
    config: run.config.map((section) => {
      if (section.place.kind !== "interfaces") return section;
      const { nextHop: _nextHop, testerNamespace: _namespace, ...place } = section.place;
      return { ...section, place };
    }),
    grounds: run.grounds.map((ground) =>
      ground.notes === undefined ? ground : { ...ground, notes: ground.notes.map(clean) },
    ),
    environment: { ...run.environment, revisionProblem: "" },
  };
}

/** Names of groups are ours. */
function cleanProfile(event: ProfileEvent, clean: (text: string) => string): ProfileEvent {
  const { profile } = event;
  if (!("problem" in profile)) return event;
  return { ...event, profile: { problem: clean(profile.problem) } };
}

/** The texts of a result that programs wrote. */
function cleanResult(result: TrialResult, clean: (text: string) => string): TrialResult {
  switch (result.status) {
    case "skipped":
      return { ...result, missing: clean(result.missing), remedy: clean(result.remedy) };
    case "failed":
      return { ...result, reason: clean(result.reason) };
    case "measured":
      return result.note === undefined ? result : { ...result, note: clean(result.note) };
    case "verified": {
      const { counterProblem, judgement } = result;
      const { firstProblem } = judgement;
      return {
        ...result,
        ...(counterProblem === undefined ? {} : { counterProblem: clean(counterProblem) }),
        ...(firstProblem === undefined
          ? {}
          : { judgement: { ...judgement, firstProblem: clean(firstProblem) } }),
      };
    }
    default:
      return result;
  }
}

/** Of addresses: less those of the lab's ports. */
const mac = /\b(?!02:00:00:00:00:0)([0-9a-f]{2}:){5}[0-9a-f]{2}\b/i;
const ipv6 = /\b([0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b|\b([0-9a-f]{1,4}:)+:([0-9a-f]{1,4}:?)*/i;
/** Less loopback, the range for benchmarks (RFC 2544) and the networks of the lab. */
const ipv4 = /\b(?!127\.|198\.1[89]\.|10\.0\.[12]\.)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/;
/** Absolute, and not of the system: "/srv/alice", but not "/proc/sys" and no "xdp/native". */
const folder =
  /(?<![\w./~-])\/(?!(bin|boot|dev|etc|lib|lib64|proc|run|sbin|sys|usr|var\/run)\b)[\w.-]+/;
/** "~alice", "alice@build7". */
const user = /(?<!\w)~[\w/]|\w@\w/;

/** Whether a text reveals something about the owner, or names one of the network namespaces. */
export function newPrivateTexts(
  { home, host, user: name, root }: Owner,
  namespaces: readonly string[],
): (text: string) => boolean {
  const names = [host, host.split(".")[0]!, name].filter(isTelling).map(wordOf);
  const folders = [home, root].filter((path) => path.length > 1);
  return (text) =>
    // The lab's own MACs look like IPv6 too.
    [mac, ipv4, folder, user].some((form) => form.test(text)) ||
    ipv6.test(text.replaceAll(/\b02:00:00:00:00:0\d\b/g, "")) ||
    folders.some((path) => text.includes(path)) ||
    namespaces.some((namespace) => text.includes(`network namespace ${namespace}`)) ||
    names.some((form) => form.test(text));
}

/**
 * Whether a name can be told from a word of any text: it has a digit or a dot, and no path or
 * variant is called so.
 */
function isTelling(name: string): boolean {
  const ours = paths.flatMap((path) => [
    path.name,
    ...path.variants.map((variant) => variant.name),
  ]);
  return name.length > 2 && /[\d.]/.test(name) && !ours.includes(name);
}

function wordOf(name: string): RegExp {
  return new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`);
}
