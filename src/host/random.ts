/** Random numbers that nobody can foresee. */
import { closeSync, openSync, readSync } from 'node:fs';

/** `count` random 32-bit integers. From the kernel where it has them as a file: loading node:crypto takes 5 ms. */
export function randomWords(count: number): Uint32Array {
  const words = new Uint32Array(count);
  try {
    const descriptor = openSync('/dev/urandom', 'r');
    const bytesRead = readSync(descriptor, words);
    closeSync(descriptor);
    if (bytesRead === words.byteLength) return words;
  } catch {
    // No such file on this system.
  }
  return process.getBuiltinModule('node:crypto').randomFillSync(words);
}
