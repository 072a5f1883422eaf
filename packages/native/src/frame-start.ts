/**
 * Where a frame should begin in memory that the kernel copies from and into.
 *
 * It copies by `rep movsb`. On AMD EPYC (Zen 4) that takes twenty times as long where the
 * destination lies 1 to 15 bytes behind the source, whole pages aside: 444 ns in place of 22 for
 * 1,514 bytes. The kernel's own frame begins two bytes behind a cache line, so ours must begin
 * neither shortly before that nor shortly behind. In which half of a page the kernel's buffer lies
 * is chance, and stays so for minutes (docs/notes/kernel-sockets.md).
 */

/** Of a packet socket: bytes behind a cache line, and a multiple of 4. */
export const packetFrameStart = 32;
