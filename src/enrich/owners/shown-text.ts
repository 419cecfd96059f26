/** Makes text that is safe to show of names that any local user may choose: directory names and commands are arbitrary bytes. */
import { isUtf8 } from 'node:buffer';

const plain = /^[\x20-\x7e]*$/;
/** Control characters, formatting characters such as those that reverse the direction of writing, unassigned ones, and line ends. */
const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu;
const notPlain = /[^\x20-\x7e]/g;

/**
 * `bytes` has one character for each byte (latin1). Visible characters in UTF-8 stay; each byte of anything else becomes \xNN, as
 * systemd writes it.
 */
export function shownText(bytes: string): string {
  if (plain.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  if (!isUtf8(buffer)) return bytes.replace(notPlain, hexadecimal);
  return buffer
    .toString('utf8')
    .replace(unseen, (character) => Buffer.from(character).toString('latin1').replace(/./gs, hexadecimal));
}

function hexadecimal(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
