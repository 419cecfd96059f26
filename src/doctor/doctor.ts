/** `pcap-agg doctor`: looks for whatever would keep a run from working, and says for each thing how to mend it. */
import { prepareRights } from '../host/rights/rights.js';
import { checksWithoutRights, hostChecks } from './checks.js';
import { type Check, type Finding, fail, type Level, type Subject, warn } from './finding.js';
import { findingText, type Page, summaryText } from './page.js';

/** Writes findings as they come, in the order of the tables. Resolves to the exit code: 1 where anything failed, else 0. */
export async function doctor(subject: Subject, page: Page, write: (text: string) => void): Promise<number> {
  const counts: Record<Level, number> = { ok: 0, warn: 0, fail: 0 };
  const report = (name: string, findings: readonly Finding[]) => {
    for (const finding of findings) {
      counts[finding.level]++;
      write(findingText(name, finding, page));
    }
  };
  const runAll = async (checks: readonly Check[]) => {
    const running = checks.map(({ name, run }) => ({ name, findings: run(subject) }));
    for (const { name, findings } of running) report(name, await findings);
  };
  await runAll(hostChecks);
  const problem = await giveUpRights(subject);
  if (problem !== undefined) report('permissions', [problem]);
  if (problem?.level !== 'fail') await runAll(checksWithoutRights);
  write(summaryText(counts));
  return counts.fail > 0 ? 1 : 0;
}

/** As a run does before it reads what comes over the network. Where that fails, so would the run. */
async function giveUpRights({ user, privileges }: Subject): Promise<Finding | undefined> {
  try {
    const { giveUp } = await prepareRights(user, privileges, true);
    const kept = giveUp();
    return kept === undefined ? undefined : warn(kept);
  } catch (error) {
    return fail((error as Error).message);
  }
}
