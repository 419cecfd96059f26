import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interfaceLines } from '../../src/settings/interface-lines.js';

test('interfaces are listed one a line, in columns', () => {
  const lines = interfaceLines([
    { name: 'eth0', description: '', addresses: ['192.0.2.1', '2001:db8::1'], flags: ['up', 'running'] },
    { name: 'wlan10', description: 'a radio', addresses: [], flags: [] },
  ]);
  assert.deepEqual(lines, ['eth0    up,running  192.0.2.1 2001:db8::1', 'wlan10              (a radio)']);
  assert.deepEqual(interfaceLines([]), []);
});
