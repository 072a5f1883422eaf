/**
 * Keeps frames that a user-space path receives from the kernel's own stack. A packet socket gets
 * copies: the kernel goes on with each frame, and where it routes it would send test frames on by
 * its routes, out of whatever interface these name. A program at the ingress hook of traffic
 * control, which lies behind the sockets, drops them. ARP passes: who asks for a port's address
 * gets an answer.
 */
import {
  Assembler,
  asm,
  bpf,
  errnoOf,
  SystemError,
  TcxLink,
  TrafficControlProgram,
} from "@iopath/native";
import { routingFamilies } from "./ports/facts.ts";
import { type AttachedToIngress, attachToIngress } from "./traffic-control.ts";
import { changeSysctl } from "./undo.ts";

const { r0, r1, r3 } = asm;
/** ETH_P_ARP of linux/if_ether.h, as the kernel keeps it: in network byte order. */
const arp = 0x0608;

/** On a device of the calling thread's namespace, until disposed or until the process ends. */
export function keepFromKernel(device: string): Disposable {
  using opening = new DisposableStack();
  const program = opening.use(dropAllButArp());
  try {
    opening.use(new TcxLink(program, device));
  } catch (error) {
    // A kernel before 6.6 has no such hook: there the router alone is kept away.
    if (!(error instanceof SystemError && error.errno === errnoOf("EINVAL"))) throw error;
    opening.use(stopRouting(device));
  }
  return opening.move();
}

/** As `keepFromKernel`, by the hook that the kernel has, whether it routes or not. */
export function dropBehindSockets(device: string): AttachedToIngress {
  using program = dropAllButArp();
  return attachToIngress(program, device);
}

function dropAllButArp(): TrafficControlProgram {
  const listing = new Assembler()
    .load("u32", r3, r1, bpf.skbProtocol)
    .jumpIf(r3, "equal", arp, "pass")
    .immediate("move", r0, bpf.TC_ACT_SHOT)
    .exit()
    .label("pass")
    .immediate("move", r0, bpf.TC_ACT_UNSPEC)
    .exit();
  return new TrafficControlProgram("iopath_keep_out", listing);
}

/** The kernel then drops what comes in by the device and is not for an address of its own. */
export function stopRouting(device: string): Disposable {
  using stopping = new DisposableStack();
  for (const family of routingFamilies(device)) {
    stopping.use(changeSysctl(`${family}/conf/${device}/forwarding`, "0"));
  }
  return stopping.move();
}
