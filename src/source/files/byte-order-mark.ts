/**
 * Text that begins with a byte order mark (RFC 3629, RFC 2781), as UTF-8 without it. PowerShell's `>` writes
 * UTF-16LE. Of UTF-16 only ASCII is kept, which is all that tcpdump -nn prints; any other code unit becomes a
 * question mark.
 */
import type { Input } from './input.js';
import { type PeekedInput, peekedInput } from './peeked-input.js';

/** By its first bytes: no capture file and no gzipped file begins with one. */
const utf8Mark = Uint8Array.of(0xef, 0xbb, 0xbf);
const littleEndianMark = Uint8Array.of(0xff, 0xfe);
const bigEndianMark = Uint8Array.of(0xfe, 0xff);

const questionMark = 0x3f;

/** `input` itself where it begins with no mark. */
export async function withoutMark(input: PeekedInput): Promise<PeekedInput> {
  const head = await input.peek(utf8Mark.length);
  const mark = [utf8Mark, littleEndianMark, bigEndianMark].find((mark) =>
    mark.every((byte, index) => head[index] === byte),
  );
  if (mark === undefined) return input;
  await input.read(new Uint8Array(mark.length));
  return peekedInput(mark === utf8Mark ? afterMark(input) : asciiInput(input, mark === littleEndianMark));
}

/** Without the regular file, whose offsets count the mark. */
const afterMark = (input: Input): Input => ({
  name: input.name,
  read: (into) => input.read(into),
  close: () => input.close(),
});

/** The ASCII of `input`'s UTF-16. */
function asciiInput(input: Input, isLittleEndian: boolean): Input {
  /** The first byte of a code unit whose second has not come yet; -1 where there is none. */
  let firstByte = -1;

  /** Puts the text of `bytes` in their place and returns how long it is. */
  function convert(bytes: Uint8Array): number {
    let written = 0;
    for (const byte of bytes) {
      if (firstByte < 0) {
        firstByte = byte;
      } else {
        bytes[written++] = isLittleEndian ? asciiOf(byte, firstByte) : asciiOf(firstByte, byte);
        firstByte = -1;
      }
    }
    return written;
  }

  return {
    name: input.name,
    async read(into) {
      for (;;) {
        const count = await input.read(into);
        const written = convert(into.subarray(0, count));
        if (written > 0 || count === 0) return written;
      }
    },
    close: () => input.close(),
  };
}

const asciiOf = (high: number, low: number): number => (high === 0 && low < 0x80 ? low : questionMark);
