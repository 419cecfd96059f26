/** All proofs of names, in the order in which they are run. A file of cases is a line more. */
import type { NamesCase } from './case.js';
import { chosenCases } from './chosen.js';
import { connectionCases } from './connections.js';
import { demonstrationCases } from './demonstration.js';
import { encryptedCases } from './encrypted.js';
import { hostileCases } from './hostile/cases.js';
import { longLivedCases } from './long-lived.js';
import { lookedUpCases } from './looked-up.js';

export const namesCases: readonly NamesCase[] = [
  ...connectionCases,
  ...longLivedCases,
  ...lookedUpCases,
  ...chosenCases,
  ...encryptedCases,
  ...demonstrationCases,
  ...hostileCases,
];
