/** Streams and datagrams to Debian's rsyslogd: what it has is what the ledger says, line by line. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixturesFolder } from '../../support/fixtures.js';
import { lastLedger } from '../../support/ledger-text.js';
import { freePort } from '../../support/ports.js';
import { offline, runProgram } from '../../support/program.js';
import { makeCertificates } from '../../support/readers/certificates.js';
import { startRsyslog } from '../../support/readers/rsyslog.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const folder = temporaryFolder();
// The program runs as nobody where root starts it.
chmodSync(folder.path, 0o755);

describe('rsyslogd', () => {
  test('has every record of each transport, in order', async (context) => {
    const { ca, good } = makeCertificates(join(folder.path, 'certificates'));
    const socket = join(folder.path, 'socket');
    const [tcp, ptcp, udp, tls] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const rsyslog = await startRsyslog({
      folder: join(folder.path, 'rsyslog'),
      inputs: [
        { module: 'imtcp', port: tcp },
        { module: 'imptcp', port: ptcp },
        { module: 'imudp', port: udp },
        { module: 'tls', port: tls },
        { module: 'imuxsock', path: socket },
      ],
      tls: { ca, certificate: good },
    });
    context.after(() => rsyslog.stop('SIGKILL'));
    const outputs: readonly (readonly [string, number])[] = [
      [`tcp://127.0.0.1:${tcp}`, 0],
      [`tcp://localhost:${ptcp}?framing=octet-counted`, 1],
      [`127.0.0.1:${udp}`, 2],
      [`tls://127.0.0.1:${tls}?ca=${ca}`, 3],
      [`unix:${socket}`, 4],
      [`syslog+tcp://127.0.0.1:${tcp}`, 0],
      [`syslog+tls://localhost:${tls}?ca=${ca}`, 3],
    ];
    const args = ['-r', `${fixturesFolder}conversation-many.pcap`, '--seq', ...offline, '--to', '-'];
    const { stdout, stderr, exitCode } = await runProgram([
      ...args,
      ...outputs.flatMap(([to]) => ['--to', to]),
    ]);
    assert.equal(exitCode, 0, stderr);
    const written = stdout.split('\n').slice(0, -1);
    assert.ok(written.length > 10);
    const many = (input: number) => outputs.filter(([, other]) => other === input).length;
    const all = () =>
      [0, 1, 2, 3, 4].every((input) => rsyslog.lines(input).length >= written.length * many(input));
    await until('all is written', all, () =>
      [0, 1, 2, 3, 4].map((input) => `${rsyslog.lines(input).length}`).join(),
    );
    const { sinks, balanced } = lastLedger(stderr);
    assert.ok(balanced);
    for (const [to, input] of outputs) {
      const isSyslog = to.startsWith('syslog') || to.includes('octet-counted');
      const header = /^<134>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ pcap-agg \d+ - - /;
      const own = rsyslog.lines(input).filter((line) => header.test(line) === isSyslog);
      assert.deepEqual(
        own.map((line) => line.replace(header, '')),
        written,
        to,
      );
      const sink = sinks.find(({ name }) => to.startsWith(name));
      assert.equal(sink?.records, written.length, to);
      const isStream = /^[a-z+]+:\/\//.test(to);
      assert.equal(sink.acknowledgedBy, isStream ? "reader's host" : undefined, to);
      assert.equal(sink.duplicatesPossible, 0, to);
    }
  });
});
