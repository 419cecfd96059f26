/**
 * Sums up the results of `npm test` for CI: FILE OUTCOME, where OUTCOME is 'ok' or 'failed' as npm ended. Prints every
 * failure with its details, then a line with the numbers of passed and failed tests.
 *
 * CI has every right a test can ask for, so a test that is skipped for want of one has failed to run. What the machine
 * itself lacks cannot be helped: such a reason begins with one of the words below.
 */
import { existsSync, readFileSync } from 'node:fs';

const environmental = /^(no |this kernel|this machine)/;

const [file, outcome] = process.argv.slice(2);
const results = existsSync(file)
  ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(parse)
  : [];
const failures = results.filter(hasFailed);
// The set-up may fail, or the runner crash, without any test that says so.
if (failures.length === 0 && (outcome !== 'ok' || results.length === 0)) {
  failures.push({
    name: 'npm test',
    file: '',
    outcome: 'failed',
    detail: 'ended before its tests did: see above',
  });
}

for (const { name, file, outcome, detail } of failures)
  console.log(`FAILED (${outcome}): ${file}: ${name}\n${detail}\n`);
for (const { name, detail } of results.filter(
  (result) => result.outcome === 'skipped' && !hasFailed(result),
)) {
  console.log(`skipped: ${name}: ${detail}`);
}
console.log(`${results.filter(({ outcome }) => outcome === 'passed').length} ${failures.length}`);

function parse(line) {
  return JSON.parse(line);
}

function hasFailed({ outcome, detail }) {
  return (
    outcome === 'failed' || (outcome === 'skipped' && process.geteuid() === 0 && !environmental.test(detail))
  );
}
