/** All proofs of names, in the order in which they are run. A file of cases is a line more. */
import type { NamesCase } from './case.js';
import { connectionCases } from './connections.js';
import { hostileCases } from './hostile/cases.js';

export const namesCases: readonly NamesCase[] = [...connectionCases, ...hostileCases];
