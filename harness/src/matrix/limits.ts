/** How far the axes of the matrix go, and why. */

export { flowsMax } from "@iopath/contract";

/** Queues of a port that are used at most. */
export const workersMax = 64;
/** A veth port queues 256 frames (VETH_RING_SIZE); a larger window would lose some by design. */
export const windowMax = 256;
export const burstMax = 1024;
