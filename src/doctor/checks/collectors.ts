/** Every --to: whether records would get there. */
import { type Check, type Finding, ok, type Subject } from '../finding.js';
import { isDatagrams, type OutputSubject } from '../outputs/output.js';
import { findingsOnStream } from '../outputs/stream.js';
import { findingOnDatagrams } from '../outputs/udp.js';

export const collectors: Check = { name: 'collectors', run };

async function run({ outputs }: Subject): Promise<Finding[]> {
  const elsewhere = outputs.filter(({ scheme }) => scheme !== '-');
  if (elsewhere.length === 0) return [ok('none: records go to stdout')];
  return (await Promise.all(elsewhere.map(findingsOn))).flat();
}

async function findingsOn(output: OutputSubject): Promise<readonly Finding[]> {
  if (isDatagrams(output.scheme)) return [await findingOnDatagrams(output)];
  return findingsOnStream(output);
}
