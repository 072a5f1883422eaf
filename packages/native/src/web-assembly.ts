/**
 * The part of the JavaScript interface of WebAssembly that is used here (its specification, chapter
 * 5). TypeScript has it with the types of browsers only.
 */
declare global {
  namespace WebAssembly {
    class Memory {
      constructor(descriptor: { initial: number; maximum: number; shared?: boolean });
      /** A SharedArrayBuffer if it is shared. */
      readonly buffer: ArrayBufferLike;
    }
    class Module {
      constructor(bytes: Uint8Array<ArrayBuffer>);
    }
    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, unknown>>);
      readonly exports: Record<string, unknown>;
    }
    function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  }
}

export type LinearMemory = WebAssembly.Memory;
