/** What somebody meant who mistyped a name. */

/** The candidate that is most like `word`, in any case; undefined where more than a third of its letters would be wrong. */
export function nearest<T extends string>(word: string, candidates: readonly T[]): T | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, wrong: distance(word.toLowerCase(), candidate) }))
    .filter(({ candidate, wrong }) => wrong <= candidate.length / 3)
    .sort((a, b) => a.wrong - b.wrong);
  return best?.candidate;
}

/** Letters to change, add or take away until one is the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (const letter of from) {
    const next = [row[0]! + 1];
    for (let at = 0; at < to.length; at++) {
      const changed = row[at]! + (letter === to[at] ? 0 : 1);
      next.push(Math.min(changed, row[at + 1]! + 1, next[at]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
