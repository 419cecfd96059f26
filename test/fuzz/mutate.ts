/** Makes an input that is nearly right out of one that is right. */

/** Gives unsigned 32-bit integers. */
export type Random = () => number;

export interface MutationOptions {
  /** Inputs whose parts may turn up in others. Never empty. */
  readonly pool: readonly Uint8Array[];
  /** Words of the format, which chance would take long to spell. May be empty. */
  readonly words: readonly Uint8Array[];
  /** No input becomes longer. */
  readonly maxBytes: number;
}

/** Where lengths, counts and offsets go wrong. */
const interesting = [
  0, 1, 2, 4, 7, 8, 15, 16, 20, 40, 63, 64, 127, 128, 255, 256, 512, 1024, 1500, 4096, 9000,
];
const limits = [
  0x7fff, 0x8000, 0xfffe, 0xffff, 0x1_0000, 0x4_0000, 0x4_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc,
];
const values = [...interesting, ...limits, 0xffff_ffff];

/** More changes than this leave little that a reader would still look into. */
const mostChanges = 8;
const longestRun = 64;

/** A growing and shrinking input in a buffer that is never reallocated. */
class Draft {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  length = 0;

  constructor(maxBytes: number) {
    this.bytes = new Uint8Array(maxBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Puts `piece` in place of the `removed` bytes at `at`; what no longer fits falls off the end. */
  replace(at: number, removed: number, piece: Uint8Array): void {
    const { bytes } = this;
    const tail = Math.min(at + removed, this.length);
    const added = Math.min(piece.length, bytes.length - at);
    bytes.copyWithin(at + added, tail, this.length);
    bytes.set(added === piece.length ? piece : piece.subarray(0, added), at);
    this.length = Math.min(bytes.length, this.length + added - (tail - at));
  }
}

type Change = (draft: Draft, at: number, random: Random, options: MutationOptions) => void;

const changes: readonly Change[] = [
  function flipBit(draft, at, random) {
    draft.bytes[at]! ^= 1 << (random() & 7);
  },
  function setByte(draft, at, random) {
    draft.bytes[at] = random();
  },
  function setValue(draft, at, random) {
    const value = values[random() % values.length]!;
    const width = 1 << (random() % 3);
    const littleEndian = (random() & 1) === 0;
    if (at + width > draft.length) return;
    if (width === 1) draft.bytes[at] = value;
    else if (width === 2) draft.view.setUint16(at, value, littleEndian);
    else draft.view.setUint32(at, value, littleEndian);
  },
  function addToByte(draft, at, random) {
    draft.bytes[at]! += (random() % 17) - 8;
  },
  function remove(draft, at, random) {
    draft.replace(at, 1 + (random() % longestRun), nothing);
  },
  function cut(draft, at) {
    draft.length = at;
  },
  function repeat(draft, at, random) {
    const start = random() % draft.length;
    const run = draft.bytes.slice(start, Math.min(draft.length, start + 1 + (random() % longestRun)));
    draft.replace(at, (random() & 1) * run.length, run);
  },
  function takeFromOther(draft, at, random, { pool }) {
    const other = pool[random() % pool.length]!;
    const start = random() % (other.length + 1);
    const length = random() % 4 === 0 ? other.length : 1 + (random() % longestRun);
    const run = other.subarray(start, start + length);
    draft.replace(at, (random() & 1) * run.length, run);
  },
  function writeWord(draft, at, random, { words }) {
    if (words.length === 0) return;
    const word = words[random() % words.length]!;
    draft.replace(at, (random() & 1) * word.length, word);
  },
];
const nothing = new Uint8Array(0);

/** Returns a function that mutates one input after the other; each result is a copy of its own. */
export function mutator(options: MutationOptions, random: Random): (input: Uint8Array) => Uint8Array {
  const draft = new Draft(options.maxBytes);
  return (input) => {
    draft.length = 0;
    draft.replace(0, 0, input);
    for (let count = 1 + (random() % mostChanges); count > 0; count--) {
      // Headers come first: half of the changes go to where most of them are.
      const anywhere = random() % (draft.length + 1);
      const at = random() & 1 ? anywhere : Math.min(anywhere, random() % longestRun);
      if (draft.length === 0) draft.replace(0, 0, Uint8Array.of(random()));
      changes[random() % changes.length]!(draft, Math.min(at, draft.length - 1), random, options);
    }
    return draft.bytes.slice(0, draft.length);
  };
}

/**
 * Removes from `input` what is not needed for `stillDoes`, in ever smaller pieces; looks at a few hundred candidates at the
 * most.
 */
export async function shrink(
  input: Uint8Array,
  stillDoes: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let smallest = input;
  let candidatesLeft = 300;
  for (let pieceBytes = input.length >> 1; pieceBytes > 0; pieceBytes >>= 1) {
    for (let at = 0; at < smallest.length && candidatesLeft > 0; candidatesLeft--) {
      const candidate = Uint8Array.from([...smallest.subarray(0, at), ...smallest.subarray(at + pieceBytes)]);
      if (await stillDoes(candidate)) smallest = candidate;
      else at += pieceBytes;
    }
  }
  return smallest;
}
