import { rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Lane, LaneError } from "../../src/lanes/lane-process.ts";
import type { Revision } from "../../src/trial/revision.ts";
import { fakeRevision } from "../gate/paired/fake-revision.ts";

const end = { device: "port0", mac: "02:00:00:00:00:01", ipv4: "10.0.1.1" };
const port = { ...end, queue: 0, neighbor: end };
const request = {
  testbed: { class: "virtual", ports: [port, port], wires: [end, end] },
  ...{ path: "xdp", variant: "native", burst: 64, frameBytes: 64, flows: 1, window: 64 },
  warmUpWindows: 1,
  workers: 1,
} as const;

const ready = `process.stdout.write('{"status":"ready","protocol":1}\\n');`;
/** It is ready after its first line, so that every order is a chunk of its own. */
const onOrder = (body: string) => `
  let lines = 0;
  process.stdin.on("data", () => {
    if (lines++ === 0) ${ready}
    else { ${body} }
  });`;

let fake: Revision | undefined;
afterEach(() => fake && rmSync(fake.root, { recursive: true, force: true }));

function openFake(lane: string, signal = new AbortController().signal): Lane {
  fake = fakeRevision({ lane });
  return new Lane(fake, request, signal);
}

describe("a lane", () => {
  it("gives the windows of a slice", async () => {
    const body = `process.stdout.write('{"status":"slice","windowsNs":[1,2]}\\n');`;
    await using lane = openFake(onOrder(body));
    await lane.ready();
    expect(await lane.slice({ sliceMs: 1 })).toEqual({ costNs: 1.25, windowsNs: [1, 2] });
  });

  it("that dies in mid-slice says of which revision, with what status, and its last words", async () => {
    await using lane = openFake(onOrder(`console.error("out of memory"); process.exit(9);`));
    await lane.ready();
    const dying = lane.slice({ sliceMs: 1 });
    await expect(dying).rejects.toThrow(LaneError);
    await expect(dying).rejects.toThrow(/lane of a fake: .*status 9.*out of memory/);
  });

  it("that fails to open says why", async () => {
    await using lane = openFake(
      `process.stdout.write('{"status":"failed","reason":"no such variant"}\\n');`,
    );
    await expect(lane.ready()).rejects.toThrow("the lane of a fake: no such variant");
  });

  it("of another protocol is refused, and the protocol named", async () => {
    await using lane = openFake(`process.stdout.write('{"status":"ready","protocol":7}\\n');`);
    await expect(lane.ready()).rejects.toThrow("it speaks protocol 7 of lanes, and this command 1");
  });

  it("is understood although a user's preload prints lines", async () => {
    await using lane = openFake(`console.log("preloaded"); console.log("[1]"); ${ready}`);
    await lane.ready();
  });

  it("that answers something else is shown with its answer", async () => {
    await using lane = openFake(`process.stdout.write('{"status":"tired"}\\n');`);
    await expect(lane.ready()).rejects.toThrow('it answered {"status":"tired"}');
  });

  it("is killed when the gate is interrupted", async () => {
    const interruption = new AbortController();
    await using lane = openFake("setInterval(() => {}, 1000);", interruption.signal);
    const waiting = lane.ready();
    interruption.abort(130);
    await expect(waiting).rejects.toBe(130);
  });
});
