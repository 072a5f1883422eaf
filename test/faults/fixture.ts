/**
 * A folder with what commands read: a run, the rows of a gate, a baseline, a history, a capture.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatPcap } from "@iopath/harness";
import { wholeRun } from "../../harness/test/journal-fixture.ts";

const gateColumns =
  "cell,place,clock,unit,status,reason,samples,p10,kernel,qemu,guest_command,cpu_model,node,iopath,revision,started_at";
const gateRow =
  "xdp/native,guest,instructions,instructions/frame,measured,,200,1000,6.1,10.0.8,qemu -m 1,TCG,26.10.0,0.1.0,abc,2026-11-24T12:00:00.000Z";

export function writeFixture(folder: string): void {
  mkdirSync(join(folder, "run"), { recursive: true });
  const journal = wholeRun().events.map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(join(folder, "run/journal.jsonl"), journal.join(""));
  writeFileSync(join(folder, "rows.csv"), `${gateColumns}\r\n${gateRow}\r\n`);
  writeFileSync(
    join(folder, "config.ts"),
    'export default { paths: { xdp: ["native"] }, frameBytes: [64], windows: [1], rounds: 1, samples: 10 };\n',
  );
  writeFileSync(join(folder, "a.pcap"), formatPcap([Buffer.alloc(60)], 0));
}
