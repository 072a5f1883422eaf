import { Batch } from "@iopath/contract";
import { expect, test } from "vitest";
import { RECEIVE_DD, register, TRANSMIT_DD } from "../src/abi.ts";
import {
  bufferBytes,
  buffers,
  FreeBuffers,
  ReceiveRing,
  ringBytes,
  ringSize,
  TransmitRing,
} from "../src/rings.ts";

const buffersAt = 2 * ringBytes;

/** Rings on plain memory, with this test as the device. */
function newRings() {
  const words = new Int32Array((buffersAt + buffers * bufferBytes) / 4);
  const registers = new Uint32Array(4096);
  const free = new FreeBuffers(buffersAt);
  const receive = new ReceiveRing(words, 0, registers, free);
  const transmit = new TransmitRing(words, ringBytes, registers, free);
  receive.start();
  let filled = 0;
  return {
    free,
    receive,
    transmit,
    batch: new Batch(64),
    /** Write back the next descriptor, as a device that has received a frame. */
    deliver(bytes: number) {
      const at = (filled++ & (ringSize - 1)) * 4;
      words[at + 2] = RECEIVE_DD;
      words[at + 3] = bytes;
    },
    /** Report every descriptor as sent. */
    sendAll() {
      for (let slot = 0; slot < ringSize; slot++) words[ringBytes / 4 + slot * 4 + 3] = TRANSMIT_DD;
    },
    tail: (of: "RDT" | "TDT") => registers[register[of] >>> 2],
    descriptor: (slot: number) => words.subarray(ringBytes / 4 + slot * 4).subarray(0, 4),
  };
}

test("all buffers but those of the receive ring are free at first", () => {
  expect(newRings().free.count).toBe(buffers - ringSize);
});

test("frames are received in order, up to the batch's capacity, and the tail follows", () => {
  const rings = newRings();
  for (let i = 0; i < 70; i++) rings.deliver(60 + i);
  expect(rings.receive.receive(rings.batch)).toBe(64);
  expect([...rings.batch.length]).toEqual(Array.from({ length: 64 }, (_, i) => 60 + i));
  expect(rings.tail("RDT")).toBe(63);
  expect(rings.receive.receive(rings.batch)).toBe(6);
  expect(rings.receive.receive(rings.batch)).toBe(0);
  expect(rings.receive.received).toBe(70);
});

test("a transmit descriptor names the buffer and the length, as one whole frame", () => {
  const rings = newRings();
  rings.deliver(60);
  rings.receive.receive(rings.batch);
  expect(rings.transmit.transmit(rings.batch)).toBe(1);
  expect(rings.tail("TDT")).toBe(1);
  const [low, high, command, total] = rings.descriptor(0);
  expect([low, high]).toEqual([rings.batch.offset[0], 1]);
  expect(command! & 0xffff).toBe(60);
  expect(total! >>> 14).toBe(60);
});

test("a dropped frame gives its buffer back and sends nothing", () => {
  const rings = newRings();
  const before = rings.free.count;
  rings.deliver(60);
  rings.receive.receive(rings.batch);
  rings.batch.length[0] = 0;
  expect(rings.transmit.transmit(rings.batch)).toBe(0);
  expect(rings.free.count).toBe(before);
});

test("with a device that sends nothing, a full ring counts frames as unsent and keeps no buffer", () => {
  const rings = newRings();
  const before = rings.free.count;
  for (let i = 0; i < 16; i++) {
    for (let k = 0; k < 64; k++) rings.deliver(60);
    rings.receive.receive(rings.batch);
    rings.transmit.transmit(rings.batch);
  }
  expect(rings.transmit.sent).toBe(ringSize - 1);
  expect(rings.transmit.unsent).toBe(1024 - (ringSize - 1));
  expect(rings.free.count).toBe(before - (ringSize - 1));
});

test("buffers go round: many times more frames than buffers pass, and none is lost or doubled", () => {
  const rings = newRings();
  for (let i = 0; i < 200; i++) {
    for (let k = 0; k < 64; k++) rings.deliver(60);
    expect(rings.receive.receive(rings.batch)).toBe(64);
    expect(rings.transmit.transmit(rings.batch)).toBe(64);
    rings.sendAll();
  }
  expect(rings.transmit.unsent).toBe(0);
  const free = rings.free.offsets.subarray(0, rings.free.count);
  expect(new Set(free).size).toBe(rings.free.count);
  expect(rings.free.count).toBeGreaterThanOrEqual(buffers - ringSize - 64);
});
