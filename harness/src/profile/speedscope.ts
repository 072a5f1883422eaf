/**
 * Profiles as speedscope reads them (https://www.speedscope.app/file-format-schema.json), and as we
 * read them again.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { z } from "zod";
import type { Frame, Profile } from "./profile.ts";

const schema = z.object({
  $schema: z.literal("https://www.speedscope.app/file-format-schema.json"),
  exporter: z.string().optional(),
  name: z.string(),
  shared: z.object({ frames: z.array(z.object({ name: z.string(), file: z.string() })) }),
  profiles: z.tuple([
    z.object({
      type: z.literal("sampled"),
      name: z.string(),
      unit: z.literal("none"),
      startValue: z.literal(0),
      endValue: z.number(),
      samples: z.array(z.array(z.number().int().nonnegative())),
      weights: z.array(z.number()),
    }),
  ]),
  /** Ours; the format allows others. */
  iopath: z.object({ cell: z.string(), window: z.number().int().positive(), p50: z.number() }),
});

/** @param exporter "iopath 0.1.0" */
export function formatSpeedscope(profile: Profile, exporter: string): string {
  const { cell, window, p50, stacks } = profile;
  const frames: Frame[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (frame: Frame) => {
    const key = JSON.stringify([frame.name, frame.object]);
    const index = indexes.get(key) ?? frames.push(frame) - 1;
    indexes.set(key, index);
    return index;
  };
  const samples = stacks.map((stack) => stack.frames.map(indexOf));
  const weights = stacks.map(({ count }) => count);
  const name = `${cell}: instructions in a window of ${window} frames`;
  const file: z.infer<typeof schema> = {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    exporter,
    name,
    shared: { frames: frames.map((frame) => ({ name: frame.name, file: frame.object })) },
    profiles: [
      {
        ...{ type: "sampled", name, unit: "none", startValue: 0 },
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        ...{ samples, weights },
      },
    ],
    iopath: { cell, window, p50 },
  };
  return `${JSON.stringify(file)}\n`;
}

/** @throws IopathError when the file was not written by iopath */
export function parseSpeedscope(text: string, name: string): Profile {
  try {
    const { shared, profiles, iopath } = schema.parse(JSON.parse(text));
    const frames = shared.frames.map(({ name, file }): Frame => ({ name, object: file }));
    const [{ samples, weights }] = profiles;
    const stacks = samples.map((sample, i) => ({
      frames: sample.map((index) => frames[index]!),
      count: weights[i]!,
    }));
    return { ...iopath, stacks };
  } catch (cause) {
    const message = `${name} is no profile of \`iopath profile\``;
    throw new IopathError(ExitStatus.usage, message, {
      remedy: "name the folder that it wrote a profile into",
      cause,
    });
  }
}
