/** Where a socket of the Unix domain may be. */
import { UsageError } from '../../host/failure.js';

/** unix(7): sun_path, with a zero behind it. */
const longestBytes = 107;

/** Throws a UsageError that names `place`. */
export function socketPath(text: string, place: string): string {
  if (Buffer.byteLength(text) <= longestBytes && !text.includes('\0')) return text;
  throw new UsageError(
    `${place}: this cannot be the path of a socket; write one of at most ${longestBytes} bytes`,
  );
}
