import type { Suite } from '../runner.js';
import { agreementTable } from './agreement-table.js';
import type { HealthCase, HealthVerdict } from './case.js';
import { corpusCases } from './corpus.js';
import { linkCases } from './links.js';
import { liveCases } from './live.js';
import { windowCases } from './windows.js';

/** In the order in which they are run. A file of cases is a line more. */
const cases: readonly HealthCase[] = [...linkCases, ...windowCases, ...liveCases, ...corpusCases];

export const healthSuite: Suite<HealthVerdict> = {
  cases,
  columns: [
    ['compared', 10],
    ['right', 10],
  ],
  remarkHeading: 'what was seen',
  cells: ({ compared, right }) => [String(compared ?? ''), String(right ?? '')],
  remark: ({ told }) => told,
  closing: agreementTable,
};
