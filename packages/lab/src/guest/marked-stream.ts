/** Takes a byte stream apart at a marker that comes once, wherever the chunks are cut. */
export class MarkedStream {
  readonly #marker: Buffer;
  readonly #tell: (chunk: Buffer) => void;
  #held = Buffer.alloc(0);
  #ended = false;

  /** @param tell gets the bytes before the marker, as soon as they are known to be such */
  constructor(marker: string, tell: (chunk: Buffer) => void) {
    this.#marker = Buffer.from(marker);
    this.#tell = tell;
  }

  /** True once the marker has been seen; what follows it is dropped. */
  get ended(): boolean {
    return this.#ended;
  }

  push(chunk: Buffer): void {
    if (this.#ended) return;
    const bytes = Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(this.#marker);
    this.#ended = at >= 0;
    const known = this.#ended ? at : bytes.length - possibleStart(bytes, this.#marker);
    this.#held = bytes.subarray(known);
    if (known > 0) this.#tell(bytes.subarray(0, known));
  }
}

/** How many of the last bytes may be the start of the marker. */
function possibleStart(bytes: Buffer, marker: Buffer): number {
  const most = Math.min(bytes.length, marker.length - 1);
  for (let length = most; length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(marker.subarray(0, length))) return length;
  }
  return 0;
}
