/** All proofs, in the order in which they are run. A file of cases is a line more. */
import type { ProofCase } from './case.js';
import { fileCases } from './files.js';
import { udpCases } from './udp.js';

export const proofCases: readonly ProofCase[] = [...udpCases, ...fileCases];
