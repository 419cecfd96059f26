/** Schemas of our own, for what figures cost. */
import { writeFileSync } from 'node:fs';
import { type FigureName, figureNames } from '../src/flow/tally.js';
import { values } from '../src/record/values.js';

const all = Object.entries(values);

/** For each of `figures` the value that asks for least beside it. */
export function valuesOf(figures: readonly FigureName[]): string[] {
  return figures.map((figure) => {
    const telling = all.filter(([, value]) => value.figures?.includes(figure));
    const [least] = telling.toSorted(([, one], [, other]) => one.figures!.length - other.figures!.length);
    if (least === undefined) throw new Error(`no value tells ${figure}`);
    return least[0];
  });
}

export const otherFigures = figureNames.filter((figure) => figure !== 'health');

export const valuesOfHealth = all
  .filter(([, value]) => value.figures?.includes('health'))
  .map(([name]) => name);

/** Writes a table with packets and these values to `path`; returns that. */
export function writeSchema(path: string, names: readonly string[]): string {
  const fields = ['packets', ...new Set(names)].map((value) => ({ name: value, value }));
  writeFileSync(path, JSON.stringify(fields));
  return path;
}
