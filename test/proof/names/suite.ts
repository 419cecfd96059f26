import type { Suite } from '../runner.js';
import type { NamesVerdict } from './case.js';
import { namesCases } from './cases.js';
import { tallyText } from './tally.js';

export const namesSuite: Suite<NamesVerdict> = {
  cases: namesCases,
  columns: [
    ['connections', 13],
    ['right', 7],
  ],
  remarkHeading: 'what was seen',
  cells: ({ connections, right }) => [String(connections ?? ''), String(right ?? '')],
  remark: ({ told }) => told,
  closing: tallyText,
};
