/** Links: programs attached to an interface for as long as a descriptor is open. */
import { interfaceIndex } from "../interfaces.ts";
import { syscall } from "../libc.ts";
import * as abi from "./abi.ts";
import { attributes } from "./attributes.ts";
import { KernelObject } from "./kernel-object.ts";
import type { BpfProgram, TrafficControlProgram, XdpProgram } from "./program.ts";

export type XdpMode = "native" | "generic";

/**
 * A program on an interface. It is detached when the link is closed, also by the end of the
 * process.
 */
export class XdpLink extends KernelObject {
  /** @param device of the calling thread's namespace */
  constructor(program: XdpProgram, device: string, mode: XdpMode) {
    const flags = mode === "native" ? abi.XDP_FLAGS_DRV_MODE : abi.XDP_FLAGS_SKB_MODE;
    const tried = `attach XDP program ${program.name} (${mode}) to ${device}`;
    super(createLink(tried, program, device, abi.BPF_XDP, flags));
  }
}

/** A program at the ingress hook of traffic control, as an `XdpLink`. Since Linux 6.6. */
export class TcxLink extends KernelObject {
  constructor(program: TrafficControlProgram, device: string) {
    const tried = `attach tc program ${program.name} (tcx) to ${device}`;
    super(createLink(tried, program, device, abi.BPF_TCX_INGRESS, 0));
  }
}

function createLink(
  tried: string,
  program: BpfProgram,
  device: string,
  attachType: number,
  flags: number,
): number {
  const index = interfaceIndex(device);
  const page = attributes();
  const { linkCreate: at } = abi;
  page.view.setUint32(at.program, program.fd, true);
  page.view.setUint32(at.target, index, true);
  page.view.setUint32(at.attachType, attachType, true);
  page.view.setUint32(at.flags, flags, true);
  return syscall("bpf", tried, abi.BPF_LINK_CREATE, page.address, at.bytes);
}
