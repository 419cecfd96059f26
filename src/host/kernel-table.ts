/** Reads tables that the kernel writes as text, a line for each entry: files in /proc and /sys. */
import { closeSync, openSync, readSync } from 'node:fs';

/** The first lines, as many as fit in less than `mostBytes`. Throws where the file cannot be read. */
export function readTable(path: string, mostBytes: number): string {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(mostBytes);
    let filled = 0;
    // A read returns a page at most.
    for (let more = -1; more !== 0 && filled < mostBytes; filled += more)
      more = readSync(descriptor, bytes, filled, mostBytes - filled, null);
    const text = bytes.toString('latin1', 0, filled);
    return filled < mostBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}
