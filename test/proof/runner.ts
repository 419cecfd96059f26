/**
 * Runs proofs, and prints a row for each. A suite is a kind of proof: its cases, and what its table has beside name, outcome and
 * time. Ends with 1 where a case failed. WORDs choose the cases that have one of them in their name.
 */
import { noNetwork } from '../support/veth.js';
import type { ProofCase } from './case.js';
import { openGround } from './ground.js';

export interface Suite<Verdict extends { readonly wrong: readonly string[] }> {
  readonly cases: readonly ProofCase<Verdict>[];
  /** Columns between a case's name and its outcome, and how wide they are. */
  readonly columns: readonly (readonly [heading: string, width: number])[];
  /** The last column's heading. */
  readonly remarkHeading: string;
  /** A cell for each column; '' where it means nothing. */
  cells(verdict: Verdict): readonly string[];
  remark(verdict: Verdict): string;
  /** Printed after all cases. */
  closing?(): string;
}

/** A case that takes longer hangs. */
const longestMs = 180_000;
const nameWidth = 58;
const outcomeWidth = 8;
const secondsWidth = 9;

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function runSuite<Verdict extends { readonly wrong: readonly string[] }>(
  suite: Suite<Verdict>,
  words: readonly string[],
): Promise<void> {
  if (noNetwork !== false) throw new Error(noNetwork);
  const chosen = suite.cases.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase())),
  );
  if (chosen.length === 0) throw new Error(`no case has ${words.join(' or ')} in its name`);
  const headings = suite.columns.map(([heading]) => heading);
  const row = rowWriter(suite.columns.map(([, width]) => width));
  row(['case', ...headings, '', 'seconds', suite.remarkHeading]);
  let failed = 0;
  for (const proofCase of chosen) if (!(await prove(suite, proofCase, row))) failed++;
  process.stdout.write(suite.closing?.() ?? '');
  process.stdout.write(`${chosen.length} cases, ${failed} FAILED\n`);
  process.exit(failed === 0 ? 0 : 1);
}

async function prove<Verdict extends { readonly wrong: readonly string[] }>(
  suite: Suite<Verdict>,
  { name, skip = false, run }: ProofCase<Verdict>,
  row: (cells: readonly string[]) => void,
): Promise<boolean> {
  const empty = suite.columns.map(() => '');
  if (skip !== false) {
    row([name, ...empty, 'skipped', '', skip]);
    return true;
  }
  const startMs = performance.now();
  const ground = openGround();
  // Ctrl-C leaves no reader and no namespace behind.
  const end = () => void ground.close().finally(() => process.exit(1));
  for (const signal of endings) process.once(signal, end);
  const wrong: string[] = [];
  let verdict: Verdict | undefined;
  try {
    verdict = await withinTime(run(ground));
    wrong.push(...verdict.wrong);
  } catch (error) {
    wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  await ground.close().catch((error) => wrong.push(`not cleared up: ${error}`));
  for (const signal of endings) process.off(signal, end);
  const outcome = wrong.length === 0 ? 'ok' : 'FAILED';
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  const cells = verdict === undefined ? empty : suite.cells(verdict);
  row([name, ...cells, outcome, seconds, verdict === undefined ? '' : suite.remark(verdict)]);
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

function withinTime<Verdict>(proof: Promise<Verdict>): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not over after ${longestMs / 1_000} s`)), longestMs);
    proof.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Numbers to the right. */
function rowWriter(widths: readonly number[]): (cells: readonly string[]) => void {
  const all = [nameWidth, ...widths, outcomeWidth, secondsWidth];
  return (cells) => {
    const padded = cells.map((cell, index) => {
      const width = all[index] ?? 0;
      return /^[\d.]+$/.test(cell) ? cell.padStart(width - 2).padEnd(width) : cell.padEnd(width);
    });
    process.stdout.write(`${padded.join('').trimEnd()}\n`);
  };
}
