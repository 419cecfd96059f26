/** What strangers said, for a line on a terminal: printable ASCII, on one line, and not much of it. */
export function printable(text: string, mostCharacters = 200): string {
  const shown = text
    .slice(0, 4 * mostCharacters)
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim();
  return shown.length <= mostCharacters ? shown : `${shown.slice(0, mostCharacters)}…`;
}
