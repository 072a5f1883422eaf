/** Which programs others have attached. */
import { hasCode } from "../if-there.ts";
import { syscall } from "../libc.ts";
import { mapAnonymous } from "../memory.ts";
import * as abi from "./abi.ts";

/** Far more than an interface has. */
const programsMax = 64;
const idsAt = 512;
/** An old kernel, one without bpf(2), or no permission: then we can attach nothing there either. */
const withoutHook = ["EINVAL", "EOPNOTSUPP", "ENOSYS", "EPERM", "EACCES"];

/**
 * Ids of the programs at a tcx hook of an interface of the calling thread's namespace, in the order
 * in which they run; none on a kernel before 6.6.
 */
export function tcxPrograms(interfaceIndex: number, hook: "ingress" | "egress"): number[] {
  using page = mapAnonymous(4096);
  const { programQuery: at } = abi;
  const { view } = page;
  view.setUint32(at.target, interfaceIndex, true);
  view.setUint32(
    at.attachType,
    hook === "ingress" ? abi.BPF_TCX_INGRESS : abi.BPF_TCX_EGRESS,
    true,
  );
  page.setUint64(at.ids, page.address + idsAt);
  view.setUint32(at.count, programsMax, true);
  try {
    const tried = `ask for the tcx programs of interface ${interfaceIndex}`;
    syscall("bpf", tried, abi.BPF_PROG_QUERY, page.address, at.bytes);
  } catch (error) {
    if (hasCode(error, ...withoutHook)) return [];
    throw error;
  }
  const count = view.getUint32(at.count, true);
  return Array.from({ length: count }, (_, i) => view.getUint32(idsAt + i * 4, true));
}
