/**
 * The far end of the egress: an XDP program that counts the tester's frames and drops everything.
 */
import { explain, type Mark } from "@iopath/contract";
import { attachInEitherMode } from "@iopath/lab";
import { Assembler, asm, type BpfMap, bpf, XdpProgram } from "@iopath/native";
import { lineBytes, MappedBoard } from "../workers/board.ts";

const { r0, r1, r3, r4, r6, r7 } = asm;

interface Sink extends Disposable {
  /** Frames with our magic number so far, modulo 2^32, as a signed number. No system call. */
  received(): number;
  /** What the workers of a team share: see board.ts. */
  readonly board: MappedBoard;
  /** That it counts in the kernel's generic hook, and why; undefined where the driver does. */
  readonly note: string | undefined;
}

/**
 * Counts on a device of the caller's namespace.
 *
 * @param frameAt where in what is on the wire our frame begins
 * @param workers whose frames are counted, each by itself: a worker's magic number is ours and its
 *   own added
 */
export function openSink(device: string, mark: Mark, workers = 1): Sink {
  using opening = new DisposableStack();
  const board = opening.use(MappedBoard.create(workers));
  const listing = countingProgram(board.map, mark, workers);
  const program = opening.use(new XdpProgram("iopath_sink", listing));
  const { link, refusal } = attachInEitherMode(program, device);
  opening.use(link);
  const note = refusal && `frames are counted by generic XDP on ${device}: ${explain(refusal)}`;
  const resources = opening.move();
  const received = board.counterOf(0);
  return { board, received, note, [Symbol.dispose]: () => resources.dispose() };
}

function countingProgram(map: BpfMap, { at, value }: Mark, workers: number): Assembler {
  return new Assembler()
    .load("u32", r6, r1, bpf.xdpData)
    .load("u32", r7, r1, bpf.xdpDataEnd)
    .register("move", r3, r6)
    .immediate("add", r3, at + 4)
    .jumpIfRegister(r3, "above", r7, "drop")
    .load("u32", r3, r6, at)
    .immediate("subtract", r3, value)
    .jumpIf(r3, "above", workers - 1, "drop")
    .immediate("shiftLeft", r3, Math.log2(lineBytes))
    .loadMapValue(r4, map.fd)
    .register("add", r4, r3)
    .immediate("move", r3, 1)
    .atomicAdd("u64", r4, 0, r3)
    .label("drop")
    .immediate("move", r0, bpf.XDP_DROP)
    .exit();
}

/**
 * Lets everything pass. A veth port can be redirected into only while its peer polls, which a
 * program on the peer makes it do.
 */
export function openPass(device: string): Disposable {
  using opening = new DisposableStack();
  const pass = new Assembler().immediate("move", r0, bpf.XDP_PASS).exit();
  const program = opening.use(new XdpProgram("iopath_pass", pass));
  opening.use(attachInEitherMode(program, device).link);
  return opening.move();
}
