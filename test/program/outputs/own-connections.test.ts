/** The program's own connection to an HTTPS reader: none of its packets is a flow, and nobody else's are taken for it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lastLedger } from '../../support/ledger-text.js';
import { offline, startProgram } from '../../support/program.js';
import { makeCertificates } from '../../support/readers/certificates.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendFromHere } from '../../support/veth.js';

const folder = temporaryFolder();
const script = fileURLToPath(new URL('../../support/readers/https-reader-process.js', import.meta.url));

for (const engine of ['cap', 'batch'])
  test(`own packets of HTTPS are left out and counted (${engine})`, { skip: noNetwork }, async (context) => {
    const { ca, good } = makeCertificates(join(folder.path, engine));
    const veth = openVeth();
    context.after(() => veth.close());
    const reader = spawn(
      'ip',
      ['netns', 'exec', veth.namespace, process.execPath, script, good.cert, good.key, veth.peerIPv4],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    context.after(() => reader.kill('SIGKILL'));
    const [port] = (await once(reader, 'message')) as [number];
    const records = async (): Promise<Record<string, unknown>[]> => {
      const answer = once(reader, 'message');
      reader.send('records');
      return (await answer)[0];
    };
    const words = ['-i', veth.host, '--engine', engine, '--interval', '200ms', ...offline, 'not ip6'];
    const output = `https://${veth.peerIPv4}:${port}?ca=${ca}&servername=reader.test`;
    const program = startProgram([...words, '--to', output]);
    context.after(() => program.child.kill('SIGKILL'));
    await until('it captures', () => program.stderr().includes('capturing on'));
    for (let round = 1; round <= 3; round++) {
      await sendFromHere(veth.peerIPv4, 9, 1);
      await until('the record is there', async () => {
        const toPort9 = (await records()).filter(({ target_PORT: target }) => target === 9);
        return toPort9.reduce((sum, { count }) => sum + Number(count), 0) === round;
      });
    }
    // Somebody else's connection to the same reader is a flow.
    const other = connect(port, veth.peerIPv4);
    await once(other, 'connect');
    const otherPort = other.localPort!;
    other.destroy();
    const ofReader = async () =>
      (await records()).filter((record) => record['source_PORT'] === port || record['target_PORT'] === port);
    await until('it is told', async () => (await ofReader()).length >= 2, program.stderr);
    program.child.kill('SIGTERM');
    const { stderr } = await program.finished;
    const { leftOut, balanced } = lastLedger(stderr);
    assert.ok(balanced);
    assert.ok(leftOut['own-connection']! > 10, stderr);
    for (const record of await ofReader())
      assert.ok([record['source_PORT'], record['target_PORT']].includes(otherPort), JSON.stringify(record));
  });
