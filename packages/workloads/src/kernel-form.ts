/** The form of a workload for the kernel: a listing, made for the MACs that its frames get. */
import {
  ExitStatus,
  type Hop,
  hopBytes,
  IopathError,
  type KernelForm,
  type Workload,
} from "@iopath/contract";
import { type Listing, listingHash, type MakeListing } from "@iopath/packet-language";

interface ListingForm extends KernelForm {
  readonly make: MakeListing;
  /** Instructions that change nothing, behind those of the listing. */
  readonly idleInstructions: number;
}

export function kernelForm(make: MakeListing): KernelForm {
  const form: ListingForm = { form: "listing", make, idleInstructions: 0 };
  return form;
}

/** The same with so many instructions more, which change nothing. */
export function withIdleInstructions(form: KernelForm, count: number): KernelForm {
  const more: ListingForm = { ...(form as ListingForm), idleInstructions: count };
  return more;
}

/** @throws IopathError for a workload without a form for the kernel */
export function kernelWorkOf(
  { name, kernelForm: form }: Workload,
  hop: Hop,
): { readonly listing: Listing; readonly idleInstructions: number } {
  if (!form) {
    const message = `the workload ${name} has no form for the kernel`;
    throw new IopathError(ExitStatus.cellFailed, message, {
      remedy: "measure it on a polled variant, or write its listing",
    });
  }
  const { make, idleInstructions } = form as ListingForm;
  return { listing: make(hopBytes(hop)), idleInstructions };
}

const anyMac = "00:00:00:00:00:00";

/**
 * What the workload comes to, whatever MACs and addresses a run has: the SHA-256 of its binary, in
 * hex. Two rows with the same one did the same to each frame. Undefined without a listing.
 */
export function workloadHash(workload: Workload): string | undefined {
  if (!workload.kernelForm) return undefined;
  return listingHash(kernelWorkOf(workload, { destinationMac: anyMac, sourceMac: anyMac }).listing);
}
