/** --names: which names are in records, and what is looked at and asked for them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { named } from '../enrich/names/dns-rig.js';
import { startDnsServer } from '../enrich/names/scripted-dns-server.js';
import { fixturesFolder } from '../support/fixtures.js';
import { runProgram, startProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const web = join(fixturesFolder, 'conversation-web.pcap');
const looking = /^pcap-agg: names from traffic: /m;

/** The session's record, and whether anybody looked at what packets carry. */
async function sessionOf(args: readonly string[]) {
  const { exitCode, stdout, stderr } = await runProgram(['-r', web, '--datadog-ranges', 'off', ...args]);
  assert.equal(exitCode, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const session = records.find((record) => record['target_PORT'] === 443 || record['target_port'] === 443);
  assert.ok(session !== undefined, stdout);
  return { session, looks: looking.test(stderr) };
}

const ip = '3.233.144.10';
const name = 'intake.example';

describe('a session with a name in DNS and TLS', { concurrency: 2 }, () => {
  for (const [args, host, looks] of [
    [[], ip, false],
    [['-n'], ip, false],
    [['--names', 'off'], ip, false],
    [['--names', 'quic'], ip, true],
    [['--names', 'sni'], name, true],
    [['--names', 'dns'], name, true],
    [['--names', 'traffic'], name, true],
  ] as const)
    test(`legacy ${args.join(' ')}`.trimEnd(), async () => {
      const { session, ...found } = await sessionOf(args);
      assert.deepEqual([session['target_HOST'], found.looks], [host, looks]);
    });

  for (const [args, sni, dns, from] of [
    [[], name, name, 'sni'],
    [['-n'], undefined, undefined, 'none'],
    [['--names', 'quic'], undefined, undefined, 'none'],
    [['--names', 'sni'], name, undefined, 'sni'],
    [['--names', 'dns'], undefined, name, 'dns'],
    [['--names', 'traffic'], name, name, 'sni'],
  ] as const)
    test(`full ${args.join(' ')}`.trimEnd(), async () => {
      const { session } = await sessionOf(['--schema', 'full', ...args]);
      const { tls_server_name, target_dns, target_host_from } = session;
      assert.deepEqual([tls_server_name, target_dns, target_host_from], [sni, dns, from]);
    });

  test('a schema of the user', async () => {
    const folder = temporaryFolder();
    const values = ['target_port', 'tls_server_name', 'target_dns', 'target_ptr', 'target_host_from'];
    const table = values.map((value) => ({ name: value, value, absent: null }));
    const own = folder.file('own.json', JSON.stringify(table));
    const { session } = await sessionOf(['--schema', own]);
    assert.deepEqual(session, {
      ...{ target_port: 443, tls_server_name: name, target_dns: name },
      ...{ target_ptr: null, target_host_from: 'sni' },
    });
    const reverse = folder.file('reverse.json', JSON.stringify([table[0], table[3]]));
    assert.equal((await sessionOf(['--schema', reverse])).looks, false);
  });
});

test('nobody is asked for names from the traffic', async (context) => {
  const resolver = await startDnsServer(named());
  context.after(() => resolver.close());
  const run = async (...args: readonly string[]) => {
    const env = { ...process.env, PCAP_AGG_DNS: resolver.address };
    const words = ['-r', web, '--datadog-ranges', 'off', '--schema', 'full', ...args];
    const program = startProgram(words, { env });
    program.child.stdin.end();
    const { exitCode, stderr } = await program.finished;
    assert.equal(exitCode, 0, stderr);
  };
  await run('--names', 'traffic');
  await run('--names', 'off');
  await run('-n');
  assert.equal(resolver.asked.join(), '');
  await run('--names', 'ptr');
  assert.ok(resolver.asked.includes('10.144.233.3.in-addr.arpa'), resolver.asked.join());
});
