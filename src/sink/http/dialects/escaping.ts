/** Bytes of UTF-8 as the inside of a JSON string, as JSON.stringify writes it (RFC 8259, 7). */

/** What stands for each byte that cannot stand for itself. */
const escapes: readonly (string | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const inside = byte < 0x80 ? JSON.stringify(String.fromCharCode(byte)).slice(1, -1) : '';
  return inside.length > 1 ? inside : undefined;
});
/** How many bytes each becomes. */
const lengths = Uint8Array.from(escapes, (inside) => inside?.length ?? 1);

export function escapedLength(bytes: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < bytes.length; i++) length += lengths[bytes[i]!]!;
  return length;
}

/** Returns the offset after it; `target` has to have room for `escapedLength` bytes. */
export function writeEscaped(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  let end = offset;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (lengths[byte] === 1) target[end++] = byte;
    else for (const character of escapes[byte]!) target[end++] = character.charCodeAt(0);
  }
  return end;
}
