import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'only root has capabilities to drop';

test('capabilities are dropped by every thread, for good', { skip }, () => {
  const from = (path: string) => JSON.stringify(new URL(path, import.meta.url));
  const script = `
    const { loadNative } = await import(${from('../../src/source/native.js')});
    const { engines, liveOptions } = await import(${from('../support/live.js')});
    const { lookup } = await import('node:dns');
    const { readdirSync, readFileSync } = await import('node:fs');
    const { Worker } = await import('node:worker_threads');
    // Threads of libuv's pool, and one more of JavaScript.
    const lookUp = () => new Promise((resolve) => lookup('localhost', resolve));
    await lookUp();
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await new Promise((resolve) => worker.once('online', resolve));
    const threads = () => readdirSync('/proc/self/task');
    const dropped = threads().map((id) => loadNative().native.dropCapabilities(Number(id)));
    const statuses = threads().map((id) => readFileSync('/proc/self/task/' + id + '/status', 'utf8'));
    const refusals = [];
    for (const engine of engines)
      await engine.open(liveOptions({ interface: 'lo' }), {}).catch(({ kind }) => refusals.push(kind));
    // Changing the user goes on working: it needs the signal that was borrowed.
    process.setgid(process.getgid());
    await lookUp();
    console.log(JSON.stringify({
      threads: dropped.length > 5,
      dropped: dropped.every(Boolean),
      harmless: statuses.every((status) => /^CapPrm:\\s*0+$/m.test(status) && /^NoNewPrivs:\\s*1$/m.test(status)),
      refusals,
      nobody: loadNative().native.dropCapabilities(1),
    }));
    process.exit();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), {
    threads: true,
    dropped: true,
    harmless: true,
    refusals: ['permission', 'permission'],
    nobody: false,
  });
});
