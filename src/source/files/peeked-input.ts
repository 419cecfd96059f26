import type { Input } from './input.js';

/** An input whose first bytes can be looked at without taking them from whoever reads it afterwards. */
export interface PeekedInput extends Input {
  /** The first bytes: as soon as there are `wanted`, or all there are where the input is shorter. May be more. */
  peek(wanted: number): Promise<Uint8Array>;
}

/** No format looks at more than this. */
const maximumPeekBytes = 4_096;

export function peekedInput(input: Input): PeekedInput {
  const head = new Uint8Array(maximumPeekBytes);
  let filled = 0;
  let taken = 0;
  let ended = false;
  const { file } = input;
  const skipTo = (offset: number) => {
    taken = filled;
    file?.skipTo(offset);
  };
  return {
    name: input.name,
    ...(file === undefined ? {} : { file: { ...file, skipTo } }),
    async peek(wanted) {
      while (filled < Math.min(wanted, head.length) && !ended) {
        const count = await input.read(head.subarray(filled));
        filled += count;
        ended = count === 0;
      }
      return head.subarray(0, filled);
    },
    read(into) {
      if (taken === filled) return input.read(into);
      const piece = head.subarray(taken, Math.min(filled, taken + into.length));
      into.set(piece);
      taken += piece.length;
      return piece.length;
    },
    close: () => input.close(),
  };
}
