/** Proofs of outputs: a table with a row for each case, and what its ledger says. */
import type { Verdict } from './case.js';
import { proofCases } from './cases.js';
import type { Suite } from './runner.js';

export const outputsSuite: Suite<Verdict> = {
  cases: proofCases,
  columns: [
    ['records', 9],
    ['duplicates', 11],
  ],
  remarkHeading: 'the ledger says',
  cells: ({ records, duplicates }) => [String(records), String(duplicates)],
  remark: ({ ledger }) => ledger,
};
