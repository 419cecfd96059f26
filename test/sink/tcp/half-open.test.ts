/** Connections whose packets vanish: nft drops them in a network namespace of the test's own. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, type Veth } from '../../support/veth.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { openStreamRig } from './stream-rig.js';

const port = 10_518;

/** A reader in the peer's namespace; what it reads comes out of its stdout. */
async function openFarReader(context: TestContext, { namespace, peerIPv4 }: Veth, mode: 'reads' | 'slow') {
  const script = fileURLToPath(new URL('./far-reader.js', import.meta.url));
  const words = ['netns', 'exec', namespace, process.execPath, script, peerIPv4, `${port}`, mode];
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await until('it listens', () => text.startsWith('listening\n'));
  return { text: () => text.slice('listening\n'.length) };
}

/** Everything that comes over the link is dropped in the peer's namespace, until it is told to stop. */
function dropAll({ namespace }: Veth): () => void {
  const nft = (text: string) =>
    execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: text });
  nft('table inet wall { chain input { type filter hook input priority 0; policy drop; }; }');
  return () => nft('delete table inet wall');
}

describe('a stream whose packets vanish', { skip: noNetwork }, () => {
  test('is given up when the other end has been silent for long, and nothing is lost', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const reader = await openFarReader(context, veth, 'reads');
    const { sink, lines, connected } = openStreamRig(context, {
      target: { kind: 'tcp', host: veth.peerIPv4, port },
      waits: { keepMs: 100, silenceMs: 1_000, connectMs: 500 },
    });
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    const stopDropping = dropAll(veth);
    sink.write(encodedOf(numberedLines(10, 10)));
    await until('it is given up', () => lines.length > 0);
    assert.match(lines[0]!, /^reader: its host has been silent for 1 s; records wait/);
    assert.equal(sink.counts.recordsSent, 10);
    const tries = connected.length;
    await until('it was tried again', () => connected.length > tries);
    stopDropping();
    await until('all is acknowledged', () => sink.counts.recordsSent === 20);
    await until('all is read', () => reader.text().includes('"n":19'));
    assert.equal(reader.text(), numberedLines(0, 20).join(''));
    assert.equal(sink.counts.duplicatesPossible, 10);
  });

  test('is not given up where the reader is slow only', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const reader = await openFarReader(context, veth, 'slow');
    const { sink, lines } = openStreamRig(context, {
      target: { kind: 'tcp', host: veth.peerIPv4, port },
      waits: { keepMs: 100, silenceMs: 100 },
    });
    const written = numberedLines(0, 10_000, 1_000);
    sink.write(encodedOf(written));
    const startMs = performance.now();
    await until('a while has passed', () => performance.now() - startMs > 2_000);
    assert.ok(sink.counts.recordsWaiting > 0);
    assert.ok(reader.text().length < 1_000_000);
    assert.deepEqual(lines, []);
  });
});
