/** Text as editors and PowerShell write it: with a byte order mark. */

/** By name: the mark's bytes, and how the rest is encoded. */
export const textEncodings = {
  'UTF-8 with a mark': (text: string) => Buffer.from(`\ufeff${text}`, 'utf8'),
  'UTF-16LE': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16BE': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
} as const;

export type TextEncoding = keyof typeof textEncodings;

export const markedText = (text: string, encoding: TextEncoding): Uint8Array =>
  new Uint8Array(textEncodings[encoding](text));
