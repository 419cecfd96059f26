import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { type DiallingOptions, dial } from '../../../src/sink/tcp/dialling.js';
import { nowMs } from './stream-rig.js';

test('leaves nothing behind of a try that was given up', async () => {
  const ending = new AbortController();
  const options: DiallingOptions = {
    target: { kind: 'tcp', host: 'reader.test', port: 1 },
    edges: { name: 'reader', connects: () => undefined, nowMs },
    calls: undefined,
    resolve: () => new Promise(() => undefined),
    connectMs: 1,
    over: () => undefined,
  };
  const dialled = await dial(options, ending.signal);
  assert.ok('why' in dialled);
  assert.match(dialled.why, /^it does not answer/);
  assert.equal(getEventListeners(ending.signal, 'abort').length, 0);
});
