/** Text from strangers, made safe for a line on a terminal: short, on one line, printable ASCII only. */
export function printable(text: string, mostCharacters = 200): string {
  const shown = text
    .slice(0, 4 * mostCharacters)
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim();
  return shown.length <= mostCharacters ? shown : `${shown.slice(0, mostCharacters)}…`;
}
