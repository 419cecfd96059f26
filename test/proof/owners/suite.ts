import type { Suite } from '../runner.js';
import { accuracyCases } from './accuracy.js';
import type { OwnersCase, OwnersVerdict } from './case.js';
import { containerCases } from './containers.js';
import { demonstrationCases } from './demonstration.js';
import { dockerNetworkCases } from './docker-network.js';
import { handedCases } from './handed.js';
import { namespaceCases } from './namespaces.js';
import { sumCases } from './sums.js';
import { systemdCases } from './systemd.js';

/** In the order in which they are run. A file of cases is a line more. */
const cases: readonly OwnersCase[] = [
  ...demonstrationCases,
  ...systemdCases,
  ...containerCases,
  ...namespaceCases,
  ...dockerNetworkCases,
  ...handedCases,
  ...sumCases,
  ...accuracyCases,
];

export const ownersSuite: Suite<OwnersVerdict> = {
  cases,
  columns: [
    ['ends', 7],
    ['right', 7],
    ['wrong', 7],
    ['unknown', 9],
  ],
  remarkHeading: 'what was seen',
  cells: ({ count, right, mistaken, unknown }) =>
    [count, right, mistaken, unknown].map((number) => String(number ?? '')),
  remark: ({ told }) => told,
};
