import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchPatterns } from '../../../../src/source/live/interfaces/interface-patterns.js';

const names = ['lo', 'eth0', 'eth1', 'eth10', 'veth0', 'br-7f', 'eth0.5', 'wg+'];

test('patterns name interfaces', () => {
  const named = (...patterns: string[]) => names.filter(matchPatterns(patterns));
  assert.deepEqual(named('eth*'), ['eth0', 'eth1', 'eth10', 'eth0.5']);
  assert.deepEqual(named('eth?'), ['eth0', 'eth1']);
  assert.deepEqual(named('*eth0'), ['eth0', 'veth0']);
  assert.deepEqual(named('*'), names);
  assert.deepEqual(named('eth*', '!*.*', '!eth1'), ['eth0', 'eth10']);
  assert.deepEqual(named('!veth*', '!lo'), ['eth0', 'eth1', 'eth10', 'br-7f', 'eth0.5', 'wg+']);
  assert.deepEqual(named('lo', 'veth*'), ['lo', 'veth0']);
  assert.deepEqual(named('!eth1', 'eth1'), []);
  assert.deepEqual(named('eth0.5', 'wg+', 'ETH*', 'eth'), ['eth0.5', 'wg+']);
});

test('characters of regular expressions stand for themselves', () => {
  for (const character of '\\^$.+()[]{}|-/#,') {
    const matches = matchPatterns([`a${character}*`]);
    assert.deepEqual([matches(`a${character}b`), matches('aab')], [true, false], character);
  }
});
