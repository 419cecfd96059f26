/** The table of docs/values.md, made of the values that a schema can name. */

import type { Value } from '../../src/record/values/value.js';
import { valueNames, values } from '../../src/record/values.js';
import { testFacts } from './formats.js';

/** The page's text before this line is written by hand. */
const heading = '## All values\n';

/** The page with its table as it has to be. */
export function withTable(page: string): string {
  const byHand = page.slice(0, page.indexOf(heading));
  const rows = valueNames.map((name) => rowOf(name, values[name]));
  const head = '| Value | Type | Unit | What it is | Takes |\n| --- | --- | --- | --- | --- |\n';
  return `${byHand}${heading}\n${head}${rows.join('\n')}\n`;
}

function rowOf(name: string, value: Value): string {
  const { meaning, unit = '', figures = [], needs = [] } = value;
  const cutAt =
    value.type === 'text' && value.cutAt !== undefined && value.cutAt > 17
      ? `; cut at ${value.cutAt} characters`
      : '';
  return `| \`${name}\` | ${typeOf(value)} | ${unit} | ${meaning}${cutAt} | ${[...figures, ...needs].join(', ')} |`;
}

function typeOf(value: Value): string {
  switch (value.type) {
    case 'boolean':
      return 'true or false';
    case 'list':
      return 'texts';
    case 'run':
      return Array.isArray(value.read({ ...testFacts, tags: ['a:b'] })) ? 'texts' : 'text';
    case 'window':
      return typeof value.read({ startUs: 0, endUs: 0 }) === 'number' ? 'integer' : 'text';
    default:
      return value.type;
  }
}
