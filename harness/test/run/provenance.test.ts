import { expect, it } from "vitest";
import type { Section } from "../../src/matrix/section.ts";
import { provenanceOf } from "../../src/run/provenance.ts";

it("interfaces of the user's are not asked again for what was found of them", async () => {
  const place = { kind: "interfaces", ports: ["gone0", "gone1"], tester: ["gone2", "gone3"] };
  const found = { ports: [], class: "hardware", notes: ["gone0 has a note"] };
  const provenance = await provenanceOf({ place } as unknown as Section, found as never);
  expect(provenance).toMatchObject({ class: "hardware", notes: ["gone0 has a note"] });
});
