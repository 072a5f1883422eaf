/** Both forms of a workload, made of its one listing: for user space and for the kernel. */
import type { Workload } from "@iopath/contract";
import type { MakeListing } from "@iopath/packet-language";
import { fastForm } from "./fast-form.ts";
import { kernelForm } from "./kernel-form.ts";

export function formsOf(make: MakeListing): Required<Pick<Workload, "newFastForm" | "kernelForm">> {
  return { newFastForm: fastForm(make), kernelForm: kernelForm(make) };
}
