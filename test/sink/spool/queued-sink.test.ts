/** A sink whose queue is on disk: what it holds under way when it ends, and what it says. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { createSinkRig, retry, ScriptedTransport } from '../queue/scripted-transport.js';
import { isWritten, openQueue, sendAll } from './spool-rig.js';

const folders = temporaryFolder();
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

function createRig(name: string, limits: ConstructorParameters<typeof ScriptedTransport>[0]) {
  const folder = join(folders.path, name);
  mkdirSync(folder);
  const spool = openQueue(folder);
  const transport = new ScriptedTransport(limits);
  return { spool, ...createSinkRig(transport, { queue: spool.queue, isDurable: true }) };
}

test('answers in any order are noted, and the rest is sent by the next process', async () => {
  const { spool, sink, transport, pass } = createRig('any-order', { runsUnderWay: 3, bytesUnderWay: 10_000 });
  sink.start();
  sink.write(encodedOf(numberedLines(0, 50)));
  await until('three are under way', () => transport.pending.length === 3);
  const [first, second, third] = [...transport.pending];
  first!.answer(retry());
  third!.answer({ kind: 'sent' });
  second!.answer({ kind: 'each', again: [0, 9], rejected: [3], why: 'busy' });
  await pass(0);
  assert.equal(sink.away, true);
  // It is tried once more at the end.
  transport.send = async () => retry();
  const before = performance.now();
  await sink.close(10_000);
  assert.ok(performance.now() - before < 5_000, 'it waited for a reader that is away');
  const { recordsSent, recordsOnDisk, recordsWaiting, recordsUnsent } = sink.counts;
  assert.deepEqual([recordsSent, recordsOnDisk, recordsWaiting, recordsUnsent.rejected], [17, 32, 32, 1]);
  assert.equal(recordsUnsent.unreachable + recordsUnsent.closed, 0);
  const next = openQueue(spool.folder);
  assert.deepEqual(await sendAll(next), [...numbers(0, 10), 10, 19, ...numbers(30, 20)]);
  await next.queue.close('closed');
});

test('a record that is too long does not hold up those behind it', async () => {
  const { spool, sink, transport } = createRig('too-long', { recordBytes: 100 });
  sink.start();
  sink.write(encodedOf([...numberedLines(0, 1), ...numberedLines(1, 1, 150), ...numberedLines(2, 1)]));
  await isWritten(spool);
  while (sink.counts.recordsWaiting > 0) {
    await until('one is under way', () => transport.waits || sink.counts.recordsWaiting === 0);
    if (transport.waits) await transport.answer();
  }
  assert.deepEqual(transport.sends.flat(), [0, 2]);
  assert.equal(sink.counts.recordsUnsent['too-long'], 1);
  assert.equal(sink.counts.recordsOnDisk, 0);
  await sink.close(10_000);
});
