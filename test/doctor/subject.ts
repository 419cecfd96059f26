/** Runs for the doctor to look at. */
import type { Subject } from '../../src/doctor/finding.js';
import type { OutputSubject } from '../../src/doctor/outputs/output.js';
import { outputSubject } from '../../src/run/sinks/doctor-outputs.js';
import { parseCommand } from '../../src/settings/parse.js';
import { liveOptions } from '../support/live.js';

/** A capture on loopback that sends nowhere and asks nobody but the system's resolvers, with these changes. */
export function subject(changes: Partial<Subject> = {}): Subject {
  const { interface: _, ...live } = liveOptions({ interface: 'lo' });
  return {
    interfaces: ['lo'],
    byPattern: false,
    engine: 'cap',
    live,
    outputs: [],
    names: { from: ['ptr'], chosen: false, resolvers: [] },
    owners: { mode: 'on', shown: false },
    ranges: { source: 'off', site: 'datadoghq.com' },
    user: undefined,
    privileges: { uid: process.getuid?.(), environment: process.env, passwdLine: () => undefined },
    command: ['pcap-agg'],
    ...changes,
  };
}

/** As --to has them. */
export function outputSubjects(...targets: readonly string[]): Promise<readonly OutputSubject[]> {
  return outputSubjectsWith({}, ...targets);
}

/** The same, with an environment. */
export async function outputSubjectsWith(
  environment: Readonly<Record<string, string>>,
  ...targets: readonly string[]
): Promise<readonly OutputSubject[]> {
  const args = targets.flatMap((target) => ['--to', target]);
  const command = await parseCommand(args, { environment: {}, stdin: 'nothing', columns: 80 });
  if (command.kind !== 'run') throw new Error(`these are no outputs: ${targets}`);
  return Promise.all(
    command.config.outputs.map((output) => outputSubject(output, { environment, version: '1.2.3' })),
  );
}
