/** Runs for the doctor to look at. */
import type { Subject } from '../../src/doctor/finding.js';
import { liveOptions } from '../support/live.js';

/** A capture on loopback that sends nowhere and asks nobody but the system's resolvers, with these changes. */
export function subject(changes: Partial<Subject> = {}): Subject {
  const { interface: _, ...live } = liveOptions({ interface: 'lo' });
  return {
    interfaces: ['lo'],
    byPattern: false,
    engine: 'cap',
    live,
    targets: [],
    names: { enabled: true, resolvers: [] },
    ranges: { source: 'off', site: 'datadoghq.com' },
    user: undefined,
    privileges: { uid: process.getuid?.(), environment: process.env, passwdLine: () => undefined },
    command: ['pcap-agg'],
    ...changes,
  };
}
