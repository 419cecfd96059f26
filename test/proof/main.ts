/**
 * npm run proof:outputs -- [WORD…]
 *
 * Sends records to real readers while something goes wrong, and holds what the reader has against the ledger. A table with a
 * row for each case goes to stdout. Ends with 1 where a case failed. WORDs choose the cases that have one of them in their name.
 *
 * Needs root, and the readers that the tests need: rsyslogd, nginx, nfcapd, nfacctd, openssl, nft, logrotate.
 */
import { noNetwork } from '../support/veth.js';
import type { ProofCase, Verdict } from './case.js';
import { proofCases } from './cases.js';
import { openGround } from './ground.js';

/** A case that takes longer hangs. */
const longestMs = 180_000;

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const columns = [58, 9, 11, 8, 9] as const;

async function main(words: readonly string[]): Promise<void> {
  if (noNetwork !== false) throw new Error(noNetwork);
  const chosen = proofCases.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase())),
  );
  if (chosen.length === 0) throw new Error(`no case has ${words.join(' or ')} in its name`);
  row(['case', 'records', 'duplicates', '', 'seconds', 'the ledger says']);
  let failed = 0;
  for (const proofCase of chosen) if (!(await prove(proofCase))) failed++;
  process.stdout.write(`${chosen.length} cases, ${failed} FAILED\n`);
  process.exit(failed === 0 ? 0 : 1);
}

async function prove({ name, skip = false, run }: ProofCase): Promise<boolean> {
  if (skip !== false) {
    row([name, '', '', 'skipped', '', skip]);
    return true;
  }
  const startMs = performance.now();
  const ground = openGround();
  // Ctrl-C leaves no reader and no namespace behind.
  const end = () => void ground.close().finally(() => process.exit(1));
  for (const signal of endings) process.once(signal, end);
  let verdict: Verdict;
  try {
    verdict = await withinTime(run(ground));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    verdict = { records: 0, duplicates: 0, ledger: '', wrong: [text] };
  }
  const left = await ground.close().then(
    () => [],
    (error) => [`not cleared up: ${error}`],
  );
  for (const signal of endings) process.off(signal, end);
  const { records, duplicates, ledger } = verdict;
  const wrong = [...verdict.wrong, ...left];
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  row([name, String(records), String(duplicates), wrong.length === 0 ? 'ok' : 'FAILED', seconds, ledger]);
  for (const text of wrong) process.stdout.write(shortened(text));
  return wrong.length === 0;
}

/** What a program has said may be long: its beginning, which says what is wrong, and its end. */
function shortened(text: string): string {
  const lines = text.trimEnd().split('\n');
  const shown =
    lines.length <= mostLines ? lines : [...lines.slice(0, 5), '…', ...lines.slice(5 - mostLines)];
  return shown.map((line) => `    ${line}\n`).join('');
}

const mostLines = 40;

function withinTime(proof: Promise<Verdict>): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not over after ${longestMs / 1_000} s`)), longestMs);
    proof.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Numbers to the right. */
function row(cells: readonly string[]): void {
  const padded = cells.map((cell, index) => {
    const width = columns[index] ?? 0;
    return /^[\d.]+$/.test(cell) ? cell.padStart(width - 2).padEnd(width) : cell.padEnd(width);
  });
  process.stdout.write(`${padded.join('').trimEnd()}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`proof: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
