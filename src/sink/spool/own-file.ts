/** Files of a folder that is ours: whoever owns it may have put links there, which no one with more rights is to follow. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';

const { O_NOFOLLOW, O_NONBLOCK } = constants;

/** A descriptor. Throws where it is no regular file, or has other names. */
export function openOwnFile(path: string, flags: number): number {
  const descriptor = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  const found = fstatSync(descriptor);
  if (found.isFile() && found.nlink === 1) return descriptor;
  closeSync(descriptor);
  throw new Error(`${path} is no file of ours: a link, or not regular`);
}
