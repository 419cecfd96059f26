/**
 * Patterns of interface names: "eth*", "!veth*". `*` stands for any characters, `?` for one; a leading `!` leaves out.
 * Without any pattern but such ones, all interfaces are named that are not left out.
 */

/** Whether the patterns name an interface. */
export type MatchesName = (name: string) => boolean;

export function matchPatterns(patterns: readonly string[]): MatchesName {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(expressionOf);
  const leftOut = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((text) => expressionOf(text.slice(1)));
  return (name) =>
    (wanted.length === 0 || wanted.some((expression) => expression.test(name))) &&
    !leftOut.some((expression) => expression.test(name));
}

function expressionOf(pattern: string): RegExp {
  const literal = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
