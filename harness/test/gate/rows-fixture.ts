/** Rows of a gate, for tests of verdicts and reports. */
import type { GateRow } from "../../src/gate/counted/gate-row.ts";

export const cells = {
  socket: "kernel-sockets/packet-mmsg/64B/burst64/flows1/window64",
  xdp: "xdp/native/64B/burst64/flows1/window64",
  virtual: "sriov-vf/vfio/64B/burst64/flows1/window64",
};

export function row(cell: string, p10: number | null, changes: Partial<GateRow> = {}): GateRow {
  return {
    cell,
    place: "guest",
    clock: "instructions",
    unit: "instructions/frame",
    status: p10 === null ? "skipped" : "measured",
    reason: p10 === null ? "no such device; get one" : "",
    samples: p10 === null ? 0 : 200,
    p10,
    kernel: "6.1.0-50-amd64",
    qemu: "10.0.8",
    guest_command: "qemu-system-x86_64 -machine q35 -smp 1 -m 1024",
    cpu_model: "QEMU TCG CPU version 2.5+",
    node: "26.10.0",
    iopath: "0.1.0",
    revision: "0123456789abcdef0123456789abcdef01234567",
    started_at: "2026-11-24T12:00:00.000Z",
    ...changes,
  };
}

/** Three cells; `factor` makes XDP's so much dearer. */
export function rows(factor = 1): GateRow[] {
  return [row(cells.socket, 13_637.5), row(cells.xdp, 6782 * factor), row(cells.virtual, 4321)];
}
