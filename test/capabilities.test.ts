import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'only root has capabilities to drop';

test('capabilities are dropped by every thread that hears of it, for good', { skip }, () => {
  const from = (path: string) => JSON.stringify(new URL(path, import.meta.url));
  const script = `
    const { dropCapabilities } = await import(${from('../src/capabilities.js')});
    const { engines, liveOptions } = await import(${from('./support/live.js')});
    const { lookup } = await import('node:dns');
    const { readdirSync, readFileSync } = await import('node:fs');
    const { Worker } = await import('node:worker_threads');
    // Threads of libuv's pool, and one more of JavaScript.
    await new Promise((resolve) => lookup('localhost', resolve));
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await new Promise((resolve) => worker.once('online', resolve));
    const { dropped, kept } = dropCapabilities();
    const again = dropCapabilities();
    const withRights = readdirSync('/proc/self/task')
      .map((id) => readFileSync('/proc/self/task/' + id + '/status', 'utf8'))
      .filter((status) => !/^CapPrm:\\s*0+$/m.test(status));
    const refusals = [];
    for (const engine of engines)
      await engine.open(liveOptions({ interface: 'lo' }), {}).catch(({ kind }) => refusals.push(kind));
    console.log(JSON.stringify({
      dropped: dropped > 5,
      steady: dropped === again.dropped && kept === again.kept && kept === withRights.length,
      deaf: withRights.every((status) => /^SigBlk:\\s*fffffffe/m.test(status)),
      refusals,
    }));
    process.exit();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), {
    dropped: true,
    steady: true,
    deaf: true,
    refusals: ['permission', 'permission'],
  });
});
