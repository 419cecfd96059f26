import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { engines } from '../../support/live.js';

const skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'only root has capabilities to drop';

test('capabilities are dropped by every thread, for good', { skip }, () => {
  const from = (path: string) => JSON.stringify(new URL(path, import.meta.url));
  const script = `
    const { dropCapabilities, holdsCapabilities } = await import(${from('../../../src/host/rights/capabilities.js')});
    const { loadNative } = await import(${from('../../../src/host/native.js')});
    const { engines, liveOptions } = await import(${from('../../support/live.js')});
    const { lookup } = await import('node:dns');
    const { readdirSync, readFileSync } = await import('node:fs');
    const { Worker } = await import('node:worker_threads');
    // Threads of libuv's pool, and one more of JavaScript.
    await new Promise((resolve) => lookup('localhost', resolve));
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await new Promise((resolve) => worker.once('online', resolve));
    const before = holdsCapabilities();
    const kept = dropCapabilities(loadNative().native);
    const after = holdsCapabilities();
    const statuses = readdirSync('/proc/self/task')
      .map((id) => readFileSync('/proc/self/task/' + id + '/status', 'utf8'))
      .map((status) => status.match(/^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs):.*$/gm).join(' ').replaceAll('\\t', ''));
    const refusals = [];
    for (const engine of engines)
      await engine.open(liveOptions({ interface: 'lo' }), {}).catch(({ kind }) => refusals.push(kind));
    // libc's own use of the signal that threads were told by.
    process.setuid(0);
    console.log(JSON.stringify({
      before, kept, after, refusals, many: statuses.length > 10, statuses: [...new Set(statuses)],
    }));
    process.exit();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(stderr, '');
  const none = '0'.repeat(16);
  assert.deepEqual(JSON.parse(stdout), {
    before: true,
    kept: 0,
    after: false,
    refusals: engines.map(() => 'permission'),
    many: true,
    statuses: [`CapInh:${none} CapPrm:${none} CapEff:${none} CapAmb:${none} NoNewPrivs:1`],
  });
});
