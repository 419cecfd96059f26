import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const skip = process.platform === 'linux' ? false : 'only Linux has a priority for each thread';

test("V8's threads come after the one that captures, and V8 knows the flags", { skip }, () => {
  const script = `
    const { shortenPauses } = await import(${JSON.stringify(new URL('../src/pauses.js', import.meta.url))});
    const { readdirSync } = await import('node:fs');
    const { getPriority, setPriority } = await import('node:os');
    const others = () => readdirSync('/proc/self/task').map(Number).filter((thread) => thread !== process.pid);
    setPriority(process.pid, 4);
    shortenPauses();
    const nice = [...new Set(others().map((thread) => getPriority(thread)))];
    console.log(JSON.stringify({ own: getPriority(process.pid), others: nice, many: others().length >= 4 }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), { own: 4, others: [14], many: true });
});
