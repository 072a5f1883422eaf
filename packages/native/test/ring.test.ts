import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Memory, Ring, type RingLayout } from "../src/index.ts";

const layout: RingLayout = { producer: 0, consumer: 128, flags: 196, entries: 320, size: 8 };

/** Two views of one ring: ours, and the kernel's side as the test plays it. */
function twoSides(start: number): [producer: Ring, consumer: Ring] {
  const i32 = new Int32Array(new SharedArrayBuffer(4096));
  const memory = { i32 } as unknown as Memory;
  i32[layout.producer / 4] = start;
  i32[layout.consumer / 4] = start;
  const producer = new Ring(memory, layout);
  const consumer = new Ring(memory, layout);
  producer.own = start;
  consumer.own = start;
  return [producer, consumer];
}

describe("Ring", () => {
  it.each([0, 3, 6, -8])("refuses %d entries", (size) => {
    expect(
      () => new Ring({ i32: new Int32Array(1) } as unknown as Memory, { ...layout, size }),
    ).toThrow("power of two");
  });

  it("passes on what was produced, in order, across the wrap of its 32-bit indices", () => {
    const steps = fc.array(fc.record({ produce: fc.nat(8), consume: fc.nat(8) }), {
      maxLength: 40,
    });
    const starts = fc.oneof(fc.integer(), fc.constantFrom(0x7ffffffc, -4, 0, -0x80000000));
    fc.assert(
      fc.property(starts, steps, (start, rounds) => {
        const [producer, consumer] = twoSides(start);
        let written = 0;
        let read = 0;
        for (const { produce, consume } of rounds) {
          const room = Math.min(produce, producer.free());
          for (let i = 0; i < room; i++) {
            producer.words[producer.entriesAt + (producer.own & producer.mask)] = written++;
            producer.own = (producer.own + 1) | 0;
          }
          producer.produce();
          const ready = Math.min(consume, consumer.available());
          for (let i = 0; i < ready; i++) {
            const entry = consumer.words[consumer.entriesAt + (consumer.own & consumer.mask)];
            expect(entry).toBe(read++);
            consumer.own = (consumer.own + 1) | 0;
          }
          consumer.consume();
          expect(consumer.available()).toBe(written - read);
          expect(producer.free()).toBe(8 - (written - read));
        }
      }),
    );
  });
});
