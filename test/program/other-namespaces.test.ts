/** Containers' traffic at their bridge: records say why nobody is known to be behind it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBridge } from '../support/bridge.js';
import { offline, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';

test('records of containers say that they are of another namespace', { skip: noNetwork }, async (context) => {
  const bridge = openBridge();
  context.after(() => bridge.close());
  const [one, other] = bridge.containers;
  const words = ['-i', 'br0', '--interval', '1h', ...offline, '--to=-?schema=full', 'icmp'];
  const program = startProgram(words, { prefix: bridge.onHost });
  context.after(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on'));
  bridge.ping(0, other!, 2);
  bridge.ping(0, bridge.hostIPv4, 2);
  program.child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await program.finished;
  assert.equal(exitCode, 0, stderr);
  const told = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
    .map((record) => [record.source_ip, record.target_ip, record.packets, record.owner_missing]);
  assert.deepEqual(told, [
    [one, other, 4, 'other-namespace'],
    [one, bridge.hostIPv4, 4, 'no-ports'],
  ]);
});
