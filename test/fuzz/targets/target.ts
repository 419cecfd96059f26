/** What is fuzzed: one kind of input, and what must hold whatever is in it. */

export interface Target {
  readonly name: string;
  /** Inputs that are right, or wrong in a way that is known. */
  readonly seeds: () => readonly Uint8Array[];
  /** Words of the format: numbers and texts that chance would take long to spell. */
  readonly words: readonly Uint8Array[];
  /** No input is longer. */
  readonly maxBytes: number;
  /** Throws, or rejects, where the program breaks a promise. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
