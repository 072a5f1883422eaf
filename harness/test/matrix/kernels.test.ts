/** Kernels of guests: sections, cells and rows of each. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { formatKernels } from "../../src/cli/perform/kernels.ts";
import { expandMatrix } from "../../src/matrix/cell.ts";
import { checkConfig, readConfig } from "../../src/matrix/config.ts";
import { applyOverrides } from "../../src/matrix/overrides.ts";
import { writeSection } from "../../src/matrix/section.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-kernels-"));
afterAll(() => rmSync(folder, { recursive: true }));

const section = {
  ...{ place: "guest", paths: { xdp: ["native"] }, frameBytes: [64], windows: [64] },
  clock: "instructions",
};
const cell = "instructions/xdp/native/64B/burst64/flows1/window64";
const idsOf = (config: Parameters<typeof expandMatrix>[0]) =>
  expandMatrix(config).map(({ id }) => id);

test("a section that lists several kernels is one for each, and the usual one keeps its ids", () => {
  const config = checkConfig({ ...section, kernels: ["debian", "debian:6.12"] }, "test");
  expect(idsOf(config)).toEqual([`guest/igb/${cell}`, `guest/igb/debian:6.12/${cell}`]);
  const stored = config.map(writeSection);
  expect(stored.map(({ kernels }) => kernels)).toEqual([undefined, ["debian:6.12"]]);
  expect(idsOf(checkConfig(stored, "a journal"))).toEqual(idsOf(config));
});

test("--kernel takes the place of those that sections have", () => {
  const config = checkConfig({ ...section, kernels: ["debian", "debian:6.12"] }, "test");
  const changed = applyOverrides(config, { kernel: ["debian:7.3", "/usr"] });
  expect(idsOf(changed)).toEqual([`guest/igb/debian:7.3/${cell}`, `guest/igb/usr/${cell}`]);
});

test("--kernel asks for a guest, and does not go with devices of this host", () => {
  const host = checkConfig({ paths: { xdp: ["native"] }, frameBytes: [64], windows: [64] }, "test");
  const [moved] = applyOverrides(host, { kernel: ["debian:6.12"] });
  expect(moved!.place).toEqual({
    ...{ kind: "guest", machine: "igb", clock: "wall" },
    kernel: "debian:6.12",
  });
  expect(() => applyOverrides(host, { kernel: ["debian"], ports: ["a", "b"] })).toThrow(
    "--ports and --kernel debian do not go together: it names devices of this host",
  );
  expect(() => applyOverrides(host, { kernel: ["debian"], place: "host" })).toThrow(
    "kernel debian is a guest's, and the place is host",
  );
});

test("two kernels that ids would name alike are refused, in place of measuring one of them", () => {
  const config = checkConfig(section, "test");
  const folders = ["one/linux", "two/linux"].map((name) => join(folder, name));
  for (const name of folders) mkdirSync(name, { recursive: true });
  expect(() => applyOverrides(config, { kernel: folders })).toThrow(
    expect.objectContaining({
      exitStatus: 3,
      message: `kernels ${folders.join(" and ")} have one name in cells and rows: linux`,
      remedy: expect.stringContaining("symbolic link"),
    }),
  );
});

test("an unknown name is refused, in a flag and in a config", () => {
  const config = checkConfig(section, "test");
  expect(() => applyOverrides(config, { kernel: ["debian:new"] })).toThrow(
    expect.objectContaining({ exitStatus: 3, message: "no kernel is named debian:new" }),
  );
  expect(() => checkConfig({ ...section, kernels: ["debian:new"] }, "test")).toThrow(
    expect.objectContaining({
      exitStatus: 4,
      message: expect.stringContaining("kernels: no kernel is named debian:new; name debian,"),
    }),
  );
  expect(() =>
    checkConfig({ ...section, place: "host", clock: "wall", kernels: ["debian"] }, "test"),
  ).toThrow("`kernels` are a guest's, and the place is host");
});

test("a path in a config is relative to it", async () => {
  writeFileSync(join(folder, "bzImage"), "");
  const file = join(folder, "bench.config.ts");
  const kernels = ["./bzImage"];
  writeFileSync(file, `export default ${JSON.stringify({ ...section, kernels })}`);
  const [only] = await readConfig(file);
  expect(only!.place).toMatchObject({ kernel: join(folder, "bzImage") });
});

test("kernels are listed by version, those that are gone and those in the cache as well", () => {
  const whole = { packages: [], gone: [] };
  const mirror = [
    { release: "7.3.4+deb13-amd64", ...whole },
    { release: "7.3.4+deb13-rt-amd64", ...whole },
    { release: "7.1.8+deb13-amd64", packages: [], gone: ["linux-modules-7.1.8+deb13-amd64"] },
    { release: "6.1.0-50-amd64", ...whole },
  ];
  const usedAt = new Date("2026-11-29T12:00:00Z");
  const kernel = { release: "6.1.0-50-amd64", origin: "debian", bytes: 72_351_744, usedAt };
  const work = {
    ...{ kind: "build" as const, folder: "/cache/kernels/debian-6.12", of: "debian:6.12" },
    ...{ release: "6.12.117", bytes: 104_857_600, usedAt },
  };
  const text = formatKernels(mirror, [{ entry: "/cache/linux", ...kernel }], [work]);
  expect(text.split("\n")).toEqual([
    "On the Debian mirror:",
    "  debian:7.3.4+deb13-amd64, rt",
    "  debian:6.1.0-50-amd64; cached",
    "Gone from it, but for a name: 7.1.8+deb13-amd64",
    "In the cache:",
    "  6.1.0-50-amd64  of debian, 69 MiB, used 2026-11-29",
    "  the build of debian:6.12 (Linux 6.12.117), 100 MiB, used 2026-11-29: /cache/kernels/debian-6.12",
    "All together 169 MiB; `iopath kernels --prune DAYS` removes what was not used for so long",
  ]);
});
