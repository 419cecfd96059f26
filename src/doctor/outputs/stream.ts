/** An output over a connection: tcp, tls, syslog+tcp, ipfix+tcp and the like. */
import { parseTarget } from '../../sink/target.js';
import { type Finding, fail } from '../finding.js';
import { findingsOnConnection } from './connect.js';
import type { OutputSubject } from './output.js';

export async function findingsOnStream({ target, scheme, prepared }: OutputSubject): Promise<Finding[]> {
  if (prepared.kind === 'problem') return [fail(prepared.problem)];
  try {
    const { host, port } = parseTarget(target, undefined, scheme);
    return await findingsOnConnection({ name: target, host, port }, prepared.tls);
  } catch (error) {
    return [fail((error as Error).message)];
  }
}
