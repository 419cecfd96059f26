/** What a link does to the packets of one direction; nothing, where nothing is given. */
export interface LinkDirection {
  /** Chances of a packet, 0 to 1. */
  readonly drop?: number;
  readonly double?: number;
  readonly reorder?: number;
  /** How many are dropped one after another. */
  readonly burst?: number;
  /** All take so long, and up to `jitterMs` more, in their order. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** One that is held back to be overtaken comes up to so much later; default 2. */
  readonly holdMs?: number;
  /** A double comes up to so much later; default 0, right behind. */
  readonly lagMs?: number;
}

export interface LinkSettings extends LinkDirection {
  readonly seed?: number;
  readonly there?: LinkDirection;
  readonly back?: LinkDirection;
}

/** Words for link.c. */
export function settingWords({ seed = 1, there = {}, back = {}, ...both }: LinkSettings): readonly string[] {
  return [
    `seed=${seed}`,
    ...directionWords('', { holdMs: 2, ...both }),
    ...directionWords('there.', there),
    ...directionWords('back.', back),
  ];
}

const directionWords = (prefix: string, direction: LinkDirection): readonly string[] =>
  names.flatMap(([name, word]) => {
    const value = direction[name];
    return value === undefined ? [] : [`${prefix}${word}=${value}`];
  });

const names: readonly (readonly [keyof LinkDirection, string])[] = [
  ['drop', 'drop'],
  ['double', 'double'],
  ['reorder', 'reorder'],
  ['burst', 'burst'],
  ['delayMs', 'delay'],
  ['jitterMs', 'jitter'],
  ['holdMs', 'hold'],
  ['lagMs', 'lag'],
];
