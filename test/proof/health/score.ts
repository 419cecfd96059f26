/** How often what is told and what is true agree. */

export interface Score {
  /** How many are truly so, how many are told to be, and how many are both. */
  truly: number;
  told: number;
  right: number;
}

export const noScore = (): Score => ({ truly: 0, told: 0, right: 0 });

export function note(score: Score, isTruly: boolean, isTold: boolean, count = 1): void {
  if (isTruly) score.truly += count;
  if (isTold) score.told += count;
  if (isTruly && isTold) score.right += count;
}

export function addScore(to: Score, { truly, told, right }: Score): void {
  to.truly += truly;
  to.told += told;
  to.right += right;
}

/** "99.1 %"; "-" of nothing. */
export const share = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${floor((100 * part) / whole)} %`;

/** Not rounded up: 100 % are all. */
const floor = (percent: number): string => (Math.floor(percent * 100) / 100).toFixed(2);

export const precision = ({ right, told }: Score): string => share(right, told);
export const recall = ({ right, truly }: Score): string => share(right, truly);
