/** Small files that others may have written. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Reads a regular file whole. Rejects where it is none, cannot be read, or holds more than `maxBytes`. */
export async function readBoundedText(path: string, maxBytes: number): Promise<string> {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is not a regular file');
    const bytes = Buffer.allocUnsafe(maxBytes + 1);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, null);
      if (bytesRead === 0) return bytes.toString('utf8', 0, filled);
      filled += bytesRead;
    }
    throw new Error(`it holds more than ${maxBytes} bytes`);
  } finally {
    await file.close();
  }
}
