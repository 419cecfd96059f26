import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../../support/until.js';
import { createDnsRig, patienceMs } from './dns-rig.js';
import type { ScriptedDnsServer } from './scripted-dns-server.js';

/** Runs a program of its own that asks `server` for names; returns what it prints. */
async function runAlone(server: ScriptedDnsServer, program: string, shellPrefix = ''): Promise<string> {
  const script = `
    import { closeSync, openSync, readdirSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { openReverseDns } from ${JSON.stringify(new URL('../../../src/enrich/names/reverse-dns.js', import.meta.url).href)};
    import { hosts } from ${JSON.stringify(new URL('../flow-records.js', import.meta.url).href)};
    const lines = [];
    const log = { limited: (subject, text) => lines.push(text) };
    const limits = { timeoutMs: 10_000 };
    const names = openReverseDns({ servers: ['${server.address}'], namesFor: 'all', nowMs: () => performance.now(), log, limits });
    ${program}`;
  const shell = `${shellPrefix} exec "$0" --input-type=module -e "$1"`;
  const { stdout } = await promisify(execFile)('sh', ['-c', shell, process.execPath, script], {
    timeout: patienceMs,
  });
  return stdout;
}

test('a question under way does not keep the process alive', async (context) => {
  const silent = await createDnsRig(context).serve({});
  const printed = await runAlone(
    silent,
    `
    hosts(names, '192.0.2.1', '192.0.2.2');
    while (names.counts.questionsSent < 2) await sleep(5);
    console.log(names.pending);`,
  );
  assert.equal(printed, '2\n');
});

test('close leaves no socket open', {
  skip: process.platform !== 'linux' && 'counts descriptors in /proc',
}, async (context) => {
  const silent = await createDnsRig(context).serve({});
  const printed = await runAlone(
    silent,
    `
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    hosts(names, '192.0.2.1', '2001:db8::1');
    while (names.counts.questionsSent < 2) await sleep(5);
    const during = descriptors();
    names.close();
    while (descriptors() > before) await sleep(5);
    console.log(during - before);`,
  );
  assert.equal(printed, '1\n');
});

test('without a free descriptor a question runs into its time-out, and others go out when there is one again', async (context) => {
  const silent = await createDnsRig(context).serve({});
  const printed = await runAlone(
    silent,
    `
    const held = [];
    try {
      for (;;) held.push(openSync('/dev/null'));
    } catch {}
    hosts(names, '192.0.2.1', '192.0.2.1');
    while (names.counts.socketErrors === 0) await sleep(5);
    held.forEach((descriptor) => closeSync(descriptor));
    hosts(names, '192.0.2.2', '192.0.2.2');
    while (names.counts.questionsSent < 2) await sleep(5);
    console.log(names.counts.socketErrors, lines.length, lines[0].includes('EMFILE'), names.pending);
    await sleep(100);`,
    'ulimit -n 64;',
  );
  assert.equal(printed, '1 1 true 2\n');
  await until('the second question has arrived', () => silent.asked.length > 0);
  assert.deepEqual(silent.asked, ['2.2.0.192.in-addr.arpa']);
});

test('a resolv.conf that cannot be opened for lack of descriptors is read later, and no other server is asked meanwhile', async (context) => {
  const unasked = await createDnsRig(context).serve({});
  const printed = await runAlone(
    unasked,
    `
    const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
    const { createResolvConfReader } = await import(${JSON.stringify(new URL('../../../src/enrich/names/dns-servers.js', import.meta.url).href)});
    const folder = mkdtempSync(process.env.TMPDIR ? process.env.TMPDIR + '/pcap-agg-' : '/tmp/pcap-agg-');
    writeFileSync(folder + '/resolv.conf', 'nameserver 192.0.2.1\\n');
    const read = createResolvConfReader(folder + '/resolv.conf');
    const held = [];
    try {
      for (;;) held.push(openSync('/dev/null'));
    } catch {}
    const without = await read();
    held.forEach((descriptor) => closeSync(descriptor));
    const [server] = await read();
    console.log(without, server.address, await read());
    rmSync(folder, { recursive: true });`,
    'ulimit -n 64;',
  );
  assert.equal(printed, 'undefined 192.0.2.1 undefined\n');
});
