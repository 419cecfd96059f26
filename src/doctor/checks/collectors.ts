/** Every --to: whether records would get there. */
import { type Check, type Finding, ok, type Subject } from '../finding.js';
import { findingsOnFolders } from '../outputs/folder.js';
import { findingsOnReader } from '../outputs/http.js';
import { isDatagrams, isHttp, isSocket, type OutputSubject } from '../outputs/output.js';
import { findingsOnStream } from '../outputs/stream.js';
import { findingOnDatagrams } from '../outputs/udp.js';
import { findingOnSocket } from '../outputs/unix.js';

export const collectors: Check = { name: 'collectors', run };

async function run({ outputs }: Subject): Promise<Finding[]> {
  const elsewhere = outputs.filter(({ scheme }) => scheme !== '-' && scheme !== 'file');
  const onFolders = outputs.flatMap(findingsOnFolders);
  if (elsewhere.length === 0) return [...onFolders, ok(none(outputs))];
  return [...onFolders, ...(await Promise.all(elsewhere.map(findingsOn))).flat()];
}

async function findingsOn(output: OutputSubject): Promise<readonly Finding[]> {
  if (isDatagrams(output.scheme)) return [await findingOnDatagrams(output)];
  if (isHttp(output.scheme)) return findingsOnReader(output);
  if (isSocket(output.scheme)) return [await findingOnSocket(output)];
  return findingsOnStream(output);
}

const none = (outputs: readonly OutputSubject[]): string =>
  `none: records go to ${outputs.some(({ scheme }) => scheme === 'file') ? 'files' : 'stdout'}`;
