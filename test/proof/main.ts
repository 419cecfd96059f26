/**
 * What `npm run proof:outputs`, `proof:names`, `proof:owners` and `proof:health` run: the suite's name, then WORDs that choose among its cases.
 *
 * outputs: sends records to real readers while something goes wrong, and holds what the reader has against the ledger.
 * names: has real clients look up names and ask servers for them, and holds the records' names against what was asked.
 * owners: has real programs talk in control groups, and holds the records' owners against who it was.
 * health: has real kernels talk over links that lose, delay and reorder, and holds how it went against what the links did.
 *
 * Needs root, and the programs that native/proof.mjs names.
 */
import { healthSuite } from './health/suite.js';
import { namesSuite } from './names/suite.js';
import { outputsSuite } from './outputs.js';
import { ownersSuite } from './owners/suite.js';
import { runSuite } from './runner.js';

const suites = {
  outputs: (words: readonly string[]) => runSuite(outputsSuite, words),
  names: (words: readonly string[]) => runSuite(namesSuite, words),
  owners: (words: readonly string[]) => runSuite(ownersSuite, words),
  health: (words: readonly string[]) => runSuite(healthSuite, words),
} as const;

async function main(suite = '', ...words: readonly string[]): Promise<void> {
  if (!Object.hasOwn(suites, suite)) throw new Error(`${suite}: choose of ${Object.keys(suites).join(', ')}`);
  await suites[suite as keyof typeof suites](words);
}

main(...process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`proof: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
