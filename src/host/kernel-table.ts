/** Tables that the kernel makes as they are read, a line for each entry: files below /proc and /sys. */
import { closeSync, openSync, readSync } from 'node:fs';

/** The first lines, of less than so many bytes together. Throws where it cannot be read. */
export function readTable(path: string, mostBytes: number): string {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(mostBytes);
    let filled = 0;
    // A read gives a page at the most.
    for (let more = -1; more !== 0 && filled < mostBytes; filled += more)
      more = readSync(descriptor, bytes, filled, mostBytes - filled, null);
    const text = bytes.toString('latin1', 0, filled);
    return filled < mostBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}
