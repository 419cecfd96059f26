/** Names that any local user may choose, as text that is safe to show: directory names and commands are bytes. */
import { isUtf8 } from 'node:buffer';

const plain = /^[\x20-\x7e]*$/;
/** Controls, formatting characters such as those that turn the direction of writing, what is unassigned, and ends of lines. */
const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu;
const notPlain = /[^\x20-\x7e]/g;

/**
 * `bytes`, a character each (latin1), as text: what is UTF-8 and can be seen stays; every byte of anything else becomes \xNN, as
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
