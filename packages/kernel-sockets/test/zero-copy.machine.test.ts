import { VethLab } from "@iopath/lab";
import { errnoOf, inNamespace, mapAnonymous, type Socket } from "@iopath/native";
import { describe, expect, it } from "vitest";
import {
  completionWords,
  IORING_OP_SEND,
  IORING_OP_SEND_ZC,
  IOSQE_FIXED_FILE,
  submissionWords,
} from "../src/abi.ts";
import { IoUring } from "../src/io-uring.ts";
import { openPacketSockets, openUdpSockets } from "../src/open-sockets.ts";

/** What io_uring answers to one send of 64 bytes: how many were sent, or minus an errno. */
function send(socket: Socket, operation: number): number {
  using frame = mapAnonymous(4096);
  using ring = new IoUring(8, 16);
  ring.registerSockets([socket]);
  const { entries, submissions, completions } = ring;
  entries[submissionWords.operation] = operation | (IOSQE_FIXED_FILE << 8);
  entries[submissionWords.address] = frame.address | 0;
  entries[submissionWords.address + 1] = Math.floor(frame.address / 2 ** 32);
  entries[submissionWords.length] = 64;
  submissions.own = 1;
  expect(ring.enter(1)).toBe(1);
  return completions.words[completions.entriesAt + completionWords.result]!;
}

describe("a zero-copy send through io_uring", () => {
  it("is refused on a packet socket, which takes a plain one", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    const [receiver, transmitter] = inNamespace(testbed.forwarderNamespace, () =>
      openPacketSockets(testbed.ports),
    );
    using _receiver = receiver;
    using _transmitter = transmitter;
    expect(send(transmitter, IORING_OP_SEND)).toBe(64);
    expect(send(transmitter, IORING_OP_SEND_ZC)).toBe(-errnoOf("EOPNOTSUPP"));
  });

  it("is taken on a UDP socket", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    const [receiver, transmitter] = inNamespace(testbed.forwarderNamespace, () =>
      openUdpSockets(testbed.ports),
    );
    using _receiver = receiver;
    using _transmitter = transmitter;
    expect(send(transmitter, IORING_OP_SEND_ZC)).toBe(64);
  });
});
